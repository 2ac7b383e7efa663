// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How single words are written. Host.

package encode

import (
	"fmt"
	"strings"
	"testing"
)

// Every byte but 0, alone, doubled and between others, comes back.
func TestEveryByte(t *testing.T) {
	for c := 1; c < 256; c++ {
		b := string([]byte{byte(c)})
		for _, w := range []string{b, b + b, "a" + b + "4", b + " " + b, "'" + b, "\\" + b, strings.Repeat(b, 50)} {
			if got := read(t, word(w)); len(got) != 1 || got[0] != w {
				t.Errorf("%q is written %q and reads as %q", w, word(w), got)
			}
		}
	}
}

func TestTheShorterFormIsTaken(t *testing.T) {
	for w, want := range map[string]string{
		"plain":     "plain",
		"a=b,c;d":   "a=b,c;d",
		"a b":       `a\ b`,
		"a b c":     `a\ b\ c`,
		"a b c d":   `'a b c d'`,
		`\\\`:       `'\\\'`,
		"it's":      `it\'s`,
		"a b c d\n": `a\ b\ c\ d\x0a`,
		"":          `''`,
	} {
		if got := word(w); got != want {
			t.Errorf("%q is written %q, want %q", w, got, want)
		}
	}
}

func ExampleLine() {
	line, err := Line(Params{
		Keys: []Key{{"wall", "5"}},
		Env:  []string{"HOME=/"},
		Argv: []string{"-greet", "hello there", "--", ""},
	})
	fmt.Println(line, err)
	// Output: wall=5 env.HOME=/ -- -greet hello\ there -- '' <nil>
}

func ExampleCommand() {
	line, block, err := Command(Params{Argv: []string{strings.Repeat("long ", 1000)}})
	fmt.Printf("%s, and %d bytes of ramdisk, %v\n", line, len(block), err)
	// Output: block, and 8192 bytes of ramdisk, <nil>
}
