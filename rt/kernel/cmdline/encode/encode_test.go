// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What is written is what the kernel reads. Host.

package encode

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/domlet/domlet/rt/kernel/cmdline"
)

// read returns the words of a line as the kernel sees them.
func read(t testing.TB, line string) (words []string) {
	in, out := []byte(line), make([]byte, len(line)+1)
	var p cmdline.Parser
	p.Init(in, out)
	for {
		w, ok := p.Next()
		if !ok {
			break
		}
		words = append(words, string(w))
	}
	if p.Err() != cmdline.OK {
		t.Fatalf("%q: %v at %d", line, p.Err(), p.Pos())
	}
	runtime.KeepAlive(in)
	runtime.KeepAlive(out)
	return words
}

// wordsOf is what the kernel must see for p.
func wordsOf(p Params) (words []string) {
	for _, k := range p.Keys {
		words = append(words, k.Name+"="+k.Value)
	}
	for _, e := range p.Env {
		words = append(words, "env."+e)
	}
	if p.Argv0 != "" {
		words = append(words, "argv0="+p.Argv0)
	}
	if len(p.Argv) > 0 {
		words = append(append(words, "--"), p.Argv...)
	}
	return words
}

func TestLine(t *testing.T) {
	for want, p := range map[string]Params{
		"":                             {},
		"-- a b":                       {Argv: []string{"a", "b"}},
		"-- ''":                        {Argv: []string{""}},
		"wall=5 env.A=1 argv0=x -- --": {Keys: []Key{{"wall", "5"}}, Env: []string{"A=1"}, Argv0: "x", Argv: []string{"--"}},
		`-- a\ b`:                      {Argv: []string{"a b"}},
		`-- 'a b c d'`:                 {Argv: []string{"a b c d"}},
		`-- it\'s\ a\ long\ one`:       {Argv: []string{"it's a long one"}},
		`-- \x0a\xc3\xa9`:              {Argv: []string{"\né"}},
		`env.PATH=/bin:/usr/bin`:       {Env: []string{"PATH=/bin:/usr/bin"}},
		`-- '\\\\'`:                    {Argv: []string{`\\\\`}},
	} {
		got, err := Line(p)
		if err != nil || got != want {
			t.Errorf("Line(%+v) = %q, %v, want %q", p, got, err, want)
		}
		if words := read(t, got); !slices.Equal(words, wordsOf(p)) {
			t.Errorf("%q reads as %q", got, words)
		}
	}
}

func TestRefusals(t *testing.T) {
	for want, p := range map[string]Params{
		`"a\x00b": a command line cannot carry a byte of 0; remove it`:                                     {Argv: []string{"a\x00b"}},
		`environment entry "A": write it as NAME=value`:                                                    {Env: []string{"A"}},
		`environment entry "=A": write it as NAME=value`:                                                   {Env: []string{"=A"}},
		`kernel parameter "": a name has letters a-z, digits, '_', '-' and '.' only`:                       {Keys: []Key{{"", "1"}}},
		`kernel parameter "a b": a name has letters a-z, digits, '_', '-' and '.' only`:                    {Keys: []Key{{"a b", "1"}}},
		`kernel parameter "a=": a name has letters a-z, digits, '_', '-' and '.' only`:                     {Keys: []Key{{"a=", "1"}}},
		`kernel parameter "argv0": use the program's name or its environment instead`:                      {Keys: []Key{{"argv0", "1"}}},
		`kernel parameter "env.A": use the program's name or its environment instead`:                      {Keys: []Key{{"env.A", "1"}}},
		`the command line is 131073 bytes long and may be 131072 at most; pass less, or pass it in a file`: {Argv: []string{strings.Repeat("a", cmdline.MaxBlock-2)}},
	} {
		if line, err := Line(p); err == nil || err.Error() != want || line != "" {
			t.Errorf("got %.40q, %v, want %q", line, err, want)
		}
	}
	_, err := Line(Params{Argv: []string{strings.Repeat("y", 1e6) + "\x00"}})
	if err == nil || len(err.Error()) > 200 || strings.Contains(err.Error(), "\n") {
		t.Errorf("a long argument makes a long message: %.300v", err)
	}
}

func TestCommandAtTheLimit(t *testing.T) {
	fits := Params{Argv: []string{strings.Repeat("a", cmdline.MaxLine-3)}}
	if line, block, err := Command(fits); err != nil || block != nil || len(line) != cmdline.MaxLine {
		t.Errorf("%d bytes, block of %d, %v", len(line), len(block), err)
	}
	long := Params{Argv: []string{strings.Repeat("a", cmdline.MaxLine-2)}}
	line, block, err := Command(long)
	if err != nil || line != "block" || len(block) != cmdline.BlockAlign {
		t.Fatalf("%q, block of %d, %v", line, len(block), err)
	}
	text, rest, ok := cmdline.Unblock(append(block, "rest"...))
	if !ok || string(rest) != "rest" || !slices.Equal(read(t, string(text)), wordsOf(long)) {
		t.Errorf("block does not come back: %v, %q", ok, rest)
	}
	if _, _, err := Command(Params{Argv: []string{"\x00"}}); err == nil {
		t.Error("no error for a 0")
	}
}

func TestBlockIsWholePages(t *testing.T) {
	const header = cmdline.BlockHeader
	for n, want := range map[int]int{0: 1, 1: 1, 4096 - header: 1, 4097 - header: 2, cmdline.MaxBlock: 33} {
		b := Block(strings.Repeat("a", n))
		text, _, ok := cmdline.Unblock(b)
		if len(b) != want*cmdline.BlockAlign || !ok || len(text) != n {
			t.Errorf("%d bytes of text: block of %d, read back %d, %v", n, len(b), len(text), ok)
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add("a", "b c", "d'e", "PATH=x")
	f.Add("", "\\x41", "\n\xff", "A==")
	f.Add("--", "=", "env.A=1", "'='")
	f.Fuzz(func(t *testing.T, a, b, argv0, env string) {
		p := Params{Keys: []Key{{"k", b}}, Env: []string{env}, Argv0: argv0, Argv: []string{a, b, env}}
		line, err := Line(p)
		if err != nil {
			if bad := strings.Contains(a+b+argv0+env, "\x00") || strings.IndexByte(env, '=') < 1; !bad && len(a+b+argv0+env) < 1e4 {
				t.Fatalf("refused: %v", err)
			}
			return
		}
		if words := read(t, line); !slices.Equal(words, wordsOf(p)) {
			t.Fatalf("%q reads as %q, want %q", line, words, wordsOf(p))
		}
		for _, c := range []byte(line) {
			if !printable(c) {
				t.Fatalf("%q holds %#x", line, c)
			}
		}
	})
}
