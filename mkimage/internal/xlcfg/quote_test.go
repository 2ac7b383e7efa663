// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Quoting against a model of xl's reader. Runs on the host.

package xlcfg

import (
	"errors"
	"strings"
	"testing"
)

// readLiteral is a model of how xl reads one string literal, written from the
// behaviour of xl 4.17: a quoted string ends at its own quote, holds no raw
// newline, and a backslash takes one following character. It refuses what xl
// refuses or garbles, so that a test fails where quote relies on it.
func readLiteral(text string) (string, error) {
	if len(text) < 2 || (text[0] != '"' && text[0] != '\'') {
		return "", errors.New("no quoted string")
	}
	mark, rest := text[0], text[1:]
	var out strings.Builder
	for len(rest) > 0 && rest[0] != mark {
		n, err := readChar(&out, rest)
		if err != nil {
			return "", err
		}
		rest = rest[n:]
	}
	if len(rest) != 1 {
		return "", errors.New("the string does not end with its quote")
	}
	return out.String(), nil
}

// readChar reads one character or escape and reports how long it was.
func readChar(out *strings.Builder, rest string) (int, error) {
	switch {
	case rest[0] == '\n' || rest[0] == 0:
		return 0, errors.New("a newline or NUL inside the string")
	case rest[0] != '\\':
		out.WriteByte(rest[0])
		return 1, nil
	case len(rest) < 2:
		return 0, errors.New("a backslash at the end")
	}
	from, to := `"'\abfnrtv`, "\"'\\\a\b\f\n\r\t\v"
	i := strings.IndexByte(from, rest[1])
	if i < 0 {
		return 0, errors.New("an escape that xl refuses or drops")
	}
	out.WriteByte(to[i])
	return 2, nil
}

func TestQuote(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{``, `""`},
		{`plain`, `"plain"`},
		{`a "b" c`, `"a \"b\" c"`},
		{`back\slash`, `"back\\slash"`},
		{`it's`, `"it's"`},
		{"line\nline", `"line\nline"`},
		{`# ; = [ , ]`, `"# ; = [ , ]"`},
	} {
		got, err := quote(c.in)
		if err != nil || got != c.want {
			t.Errorf("quote(%q) = %s, %v; want %s", c.in, got, err, c.want)
		}
	}
}

func TestQuoteRefusesNUL(t *testing.T) {
	if got, err := quote("a\x00b"); err == nil {
		t.Errorf("quote of a NUL = %s, want an error", got)
	}
}

func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", `"`, `\`, `\"`, `\x41`, "\r\n", "\xff\x80", `'`, `$(reboot)`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, err := quote(s)
		if strings.IndexByte(s, 0) >= 0 {
			if err == nil {
				t.Fatalf("quote(%q) let a NUL through", s)
			}
			return
		}
		if back, readErr := readLiteral(text); err != nil || readErr != nil || back != s {
			t.Fatalf("quote(%q) = %s, %v; xl reads %q, %v", s, text, err, back, readErr)
		}
	})
}
