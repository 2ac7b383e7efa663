// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The reader alone: good lines, bad lines, any line. Host.

package cmdline

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
)

// parse returns the words of text, written to guarded memory of room bytes.
func parse(t testing.TB, text string, room int) (words []string, p *Parser) {
	_, in := testkit.Memory(t, len(text))
	_, out := testkit.Memory(t, room)
	copy(in, text)
	p = new(Parser)
	p.Init(in, out)
	for {
		w, ok := p.Next()
		if !ok {
			break
		}
		words = append(words, string(w))
	}
	runtime.KeepAlive(in)
	runtime.KeepAlive(out)
	return words, p
}

func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                           nil,
		"   ":                        nil,
		"a":                          {"a"},
		"  a  b ":                    {"a", "b"},
		"wall=5 -- x":                {"wall=5", "--", "x"},
		"''":                         {""},
		"'' ''":                      {"", ""},
		"'a b'c' d'":                 {"a bc d"},
		`a\ b`:                       {"a b"},
		`\'\\\"`:                     {`'\"`},
		`'\'`:                        {`\`},
		`\x41\x7a\xFf`:               {"Az\xff"},
		`\y\ `:                       {"y "},
		"a\x00b":                     {"a"},
		"\x00":                       nil,
		"\ta\x80":                    {"\ta\x80"},
		"root=/dev/xvda1 ro -- - --": {"root=/dev/xvda1", "ro", "--", "-", "--"},
	} {
		got, p := parse(t, text, len(text)+1)
		if !slices.Equal(got, want) || p.Err() != OK {
			t.Errorf("%q: %q, %v, want %q", text, got, p.Err(), want)
		}
	}
}

func TestBadLines(t *testing.T) {
	for text, want := range map[string]struct {
		words int
		code  Code
		pos   int
	}{
		"a 'b":    {1, Unclosed, 4},
		"a b\\":   {1, BadEscape, 4},
		`a \x`:    {1, BadEscape, 4},
		`a \x4`:   {1, BadEscape, 5},
		`a \x4g`:  {1, BadEscape, 6},
		`a \xg4 `: {1, BadEscape, 6},
		`a\x00 b`: {0, Null, 5},
	} {
		got, p := parse(t, text, 100)
		if len(got) != want.words || p.Err() != want.code || p.Pos() < want.pos-1 || p.Pos() > want.pos+1 {
			t.Errorf("%q: %q, %v at %d, want %d words, %v at %d", text, got, p.Err(), p.Pos(), want.words, want.code, want.pos)
		}
		if _, ok := p.Next(); ok {
			t.Errorf("%q: went on after an error", text)
		}
	}
}

func TestNoRoom(t *testing.T) {
	const text = "ab 'c d' e"
	for room := 0; room <= len(text)+1; room++ {
		got, p := parse(t, text, room)
		if enough := room >= len("ab.c d.e."); (p.Err() == OK) != enough || !enough && p.Err() != NoRoom {
			t.Errorf("with %d bytes of room: %q, %v", room, got, p.Err())
		}
	}
}

func TestCStrings(t *testing.T) {
	_, out := testkit.Memory(t, 20)
	_, in := testkit.Memory(t, 9)
	copy(in, `a\ b '' c`)
	var p Parser
	p.Init(in, out)
	for ok := true; ok; {
		_, ok = p.Next()
	}
	if got := string(out[:8]); got != "a b\x00\x00c\x00\xee" {
		t.Errorf("buffer holds %q", got)
	}
	runtime.KeepAlive(in)
}

func TestInPlace(t *testing.T) { inPlace(t, `  'a b' c\ d '' -- '''' \x41\x42  e`) }

// inPlace compares reading into the text's own memory with reading elsewhere.
func inPlace(t testing.TB, text string) {
	want, q := parse(t, text, len(text)+1)
	_, mem := testkit.Memory(t, len(text)+1)
	n := copy(mem, text)
	var p Parser
	p.Init(mem[:n], mem)
	var got []string
	for {
		w, ok := p.Next()
		if !ok {
			break
		}
		got = append(got, string(w))
	}
	if !slices.Equal(got, want) || p.Err() != q.Err() {
		t.Errorf("%q in place: %q, %v, elsewhere %q, %v", text, got, p.Err(), want, q.Err())
	}
}

func TestCodesSayDifferentThings(t *testing.T) {
	seen := map[string]Code{}
	for c := OK; c <= NoRoom; c++ {
		if other, dup := seen[Explain(c)]; dup || strings.Contains(Explain(c), "\n") {
			t.Errorf("codes %d and %d: %q", c, other, Explain(c))
		}
		seen[Explain(c)] = c
	}
}

func TestCut(t *testing.T) {
	for word, want := range map[string][2]string{
		"a=b": {"a", "b"}, "a=": {"a", ""}, "=b": {"", "b"}, "a=b=c": {"a", "b=c"}, "ab": {"ab", ""}, "": {"", ""},
	} {
		k, v, ok := Cut([]byte(word))
		if string(k) != want[0] || string(v) != want[1] || ok != strings.Contains(word, "=") {
			t.Errorf("Cut(%q) = %q, %q, %v", word, k, v, ok)
		}
	}
}

func TestUnblock(t *testing.T) {
	head := BlockMagic + "\x03\x00\x00\x00\x00\x00\x00\x00"
	pad := strings.Repeat("\x00", BlockAlign-len(head)-3)
	for _, c := range []struct {
		name, disk, text, rest string
		ok                     bool
	}{
		{"whole", head + "abc" + pad, "abc", "", true},
		{"more behind", head + "abc" + pad + "rest", "abc", "rest", true},
		{"padding missing", head + "abc", "abc", "", true},
		{"text cut short", head + "ab", "", "", false},
		{"no text", head, "", "", false},
		{"header cut short", head[:len(head)-1], "", "", false},
		{"empty", "", "", "", false},
		{"another magic", "X" + head[1:] + "abc", "", "", false},
		{"reserved field used", head[:len(head)-1] + "\x01abc", "", "", false},
		{"too long", BlockMagic + "\x01\x00\x02\x00\x00\x00\x00\x00" + strings.Repeat("a", MaxBlock+1), "", "", false},
		{"length of 4 GiB", BlockMagic + "\xff\xff\xff\xff\x00\x00\x00\x00abc", "", "", false},
	} {
		text, rest, ok := Unblock([]byte(c.disk))
		if string(text) != c.text || string(rest) != c.rest || ok != c.ok {
			t.Errorf("%s: %q, %d bytes of rest, %v", c.name, text, len(rest), ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a 'b c' -- \\x41", "'", "\\", "\\x", "a=b ''", "\x00", "  \\  "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words, p := parse(t, text, len(text)+1)
		if p.Err() == NoRoom {
			t.Errorf("%q needs more than its length and one", text)
		}
		for _, w := range words {
			if strings.Contains(w, "\x00") {
				t.Errorf("%q: a word holds a 0: %q", text, w)
			}
		}
		inPlace(t, text)
	})
}

func FuzzUnblock(f *testing.F) {
	f.Add([]byte(BlockMagic + "\x03\x00\x00\x00\x00\x00\x00\x00abc"))
	f.Fuzz(func(t *testing.T, disk []byte) {
		if text, rest, ok := Unblock(disk); ok && BlockHeader+len(text)+len(rest) > len(disk) {
			t.Errorf("%d bytes of text and %d of rest out of %d", len(text), len(rest), len(disk))
		}
	})
}
