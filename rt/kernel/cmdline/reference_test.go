// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The reader against a second one, written from the grammar with regular
// expressions, over every short line of the characters that mean something.
// Host.

package cmdline

import (
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
)

// One piece of a word: a quoted stretch, a byte by its number, a character that
// a backslash makes plain, a plain character.
var piece = regexp.MustCompile(`^(?s:'([^']*)'|\\x([0-9a-fA-F]{2})|\\([^x])|([^ '\\]))`)

// reference returns the words that come before the first mistake, and the
// mistake.
func reference(line string) (words []string, code Code) {
	line, _, _ = strings.Cut(line, "\x00")
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		word := ""
		for line != "" && line[0] != ' ' {
			m := piece.FindStringSubmatch(line)
			switch {
			case m == nil && line[0] == '\'':
				return words, Unclosed
			case m == nil:
				return words, BadEscape
			case m[2] == "00":
				return words, Null
			}
			n, _ := strconv.ParseUint("0"+m[2], 16, 8)
			if m[2] != "" {
				word += string([]byte{byte(n)})
			}
			word += m[1] + m[3] + m[4]
			line = line[len(m[0]):]
		}
		words = append(words, word)
	}
	return words, OK
}

// each calls f with every string of that many characters of an alphabet.
func each(alphabet string, n int, f func(string)) {
	text := make([]byte, n)
	var fill func(int)
	fill = func(i int) {
		if i == n {
			f(string(text))
			return
		}
		for _, c := range []byte(alphabet) {
			text[i] = c
			fill(i + 1)
		}
	}
	fill(0)
}

func TestEveryShortLine(t *testing.T) {
	_, in := testkit.Memory(t, 8)
	_, out := testkit.Memory(t, 9)
	for n := 0; n <= 6; n++ {
		each(" '\\x0aG", n, func(line string) {
			var p Parser
			p.Init(in[:copy(in, line)], out)
			var got []string
			for w, ok := p.Next(); ok; w, ok = p.Next() {
				got = append(got, string(w))
			}
			if want, code := reference(line); !slices.Equal(got, want) || p.Err() != code {
				t.Fatalf("%q: %q, %d, want %q, %d", line, got, p.Err(), want, code)
			}
		})
	}
	runtime.KeepAlive(in)
	runtime.KeepAlive(out)
}

func FuzzReference(f *testing.F) {
	f.Add("a 'b c'\\ d -- \\x41")
	f.Fuzz(func(t *testing.T, line string) {
		got, p := parse(t, line, len(line)+1)
		if want, code := reference(line); !slices.Equal(got, want) || p.Err() != code {
			t.Fatalf("%q: %q, %d, want %q, %d", line, got, p.Err(), want, code)
		}
	})
}
