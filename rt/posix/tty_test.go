// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// What is typed, what is read, and what is shown.

package posix

import (
	"slices"
	"strings"
	"testing"
)

// typing is what a terminal makes of some typing: the reads, "" for an end of
// file, and the echo.
var typing = []struct {
	name, typed string
	reads       []string
	echo        string
}{
	{"a line", "hello\r", []string{"hello\n"}, "hello\n"},
	{"two lines", "a\nb\n", []string{"a\n", "b\n"}, "a\nb\n"},
	{"unfinished", "hello", nil, "hello"},
	{"erase", "ab\x7fc\r", []string{"ac\n"}, "ab\b \bc\n"},
	{"erase nothing", "\x7f\x7fx\r", []string{"x\n"}, "x\n"},
	{"erase a rune", "é\x7fe\r", []string{"e\n"}, "é\b \be\n"},
	{"erase a control character", "\x01\x7fx\r", []string{"x\n"}, "^A\b \b\b \bx\n"},
	{"erase a word", "one two  \x17x\r", []string{"one x\n"}, "one two  " + strings.Repeat("\b \b", 5) + "x\n"},
	{"kill", "abc\x15x\r", []string{"x\n"}, "abc" + strings.Repeat("\b \b", 3) + "x\n"},
	{"quote", "\x16\x03\x16\x16\r", []string{"\x03\x16\n"}, "^C^V\n"},
	{"end of file", "\x04", []string{""}, ""},
	{"end within a line", "ab\x04c\r", []string{"ab", "c\n"}, "abc\n"},
	{"line, end, line", "a\r\x04b\r", []string{"a\n", "", "b\n"}, "a\nb\n"},
	{"interrupt", "abc\x03x\r", []string{"x\n"}, "abc^Cx\n"},
	{"tab", "a\tb\r", []string{"a\tb\n"}, "a\tb\n"},
	{"too long", strings.Repeat("x", maxLine+1) + "\r", []string{strings.Repeat("x", maxLine) + "\n"}, strings.Repeat("x", maxLine) + "\a\n"},
}

// reads takes all there is.
func reads(t *tty, size int) (all []string) {
	b := make([]byte, size)
	for {
		n, ok := t.next(b)
		if !ok || len(all) > 10_000 {
			return all
		}
		all = append(all, string(b[:n]))
	}
}

func TestTyping(t *testing.T) {
	for _, c := range typing {
		d := &tty{termios: sane()}
		for i := range len(c.typed) {
			d.take(c.typed[i])
		}
		if got := reads(d, 8192); !slices.Equal(got, c.reads) {
			t.Errorf("%s: read %.40q, want %.40q", c.name, got, c.reads)
		}
		if string(d.echo) != c.echo {
			t.Errorf("%s: shown %.60q, want %.60q", c.name, d.echo, c.echo)
		}
		if (d.signal == 2) != (c.name == "interrupt") {
			t.Errorf("%s: signal %d", c.name, d.signal)
		}
	}
}

// A small buffer gets a line in pieces, and never two lines at once.
func TestReadInPieces(t *testing.T) {
	d := &tty{termios: sane()}
	for _, b := range []byte("hello\r\x04ab\r") {
		d.take(b)
	}
	if got := reads(d, 4); !slices.Equal(got, []string{"hell", "o\n", "", "ab\n"}) {
		t.Errorf("%q", got)
	}
}

// raw is what golang.org/x/term makes of the settings.
func raw() termios {
	r := sane()
	r.iflag, r.oflag, r.lflag = 0, 0, 0
	return r
}

func TestRaw(t *testing.T) {
	d := &tty{termios: raw()}
	typed := "a\r\x03\x7f\x04\x16\n"
	for i := range len(typed) {
		d.take(typed[i])
	}
	if got := reads(d, 100); !slices.Equal(got, []string{typed}) || len(d.echo) > 0 || d.signal != 0 {
		t.Errorf("read %q, shown %q, signal %d", got, d.echo, d.signal)
	}
	d.chars[charMin] = 0
	if n, ok := d.next(make([]byte, 1)); n != 0 || !ok {
		t.Error("a read with MIN of 0 waits")
	}
}

// What was typed before the settings changed is read after.
func TestChangeOfSettings(t *testing.T) {
	d := &tty{termios: sane()}
	for _, b := range []byte("one\rtw") {
		d.take(b)
	}
	d.set(raw())
	d.take('o')
	if got := reads(d, 100); !slices.Equal(got, []string{"one\ntwo"}) {
		t.Errorf("raw after lines: %q", got)
	}
	d.take('x')
	d.set(sane())
	for _, b := range []byte("y\r") {
		d.take(b)
	}
	if got := reads(d, 100); !slices.Equal(got, []string{"x", "y\n"}) {
		t.Errorf("lines after raw: %q", got)
	}
}

func TestOtherSettings(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*termios)
		typed  string
		reads  []string
		echo   string
	}{
		{"no echo", func(o *termios) { o.lflag &^= localEcho }, "pw\x7f\r", []string{"p\n"}, ""},
		{"only newlines", func(o *termios) { o.lflag = o.lflag&^localEcho | localNewline }, "pw\r", []string{"pw\n"}, "\n"},
		{"no signals", func(o *termios) { o.lflag &^= localSignals }, "\x03\r", []string{"\x03\n"}, "^C\n"},
		{"ignored return", func(o *termios) { o.iflag |= inIgnoreReturn }, "a\r\n", []string{"a\n"}, "a\n"},
		{"newline to return", func(o *termios) { o.iflag = inNewlineToReturn; o.chars[charLine] = '\r' }, "a\n", []string{"a\r"}, "a^M"},
		{"another end", func(o *termios) { o.chars[charLine] = ';' }, "a;b\r", []string{"a;", "b\n"}, "a;b\n"},
		{"no characters", func(o *termios) { o.chars = [charCount]byte{} }, "\x00\x7f\x04\r", []string{"\x00\x7f\x04\n"}, "^@^?^D\n"},
	} {
		d := &tty{termios: sane()}
		next := sane()
		c.change(&next)
		d.set(next)
		for i := range len(c.typed) {
			d.take(c.typed[i])
		}
		if got := reads(d, 100); !slices.Equal(got, c.reads) || string(d.echo) != c.echo {
			t.Errorf("%s: read %q, shown %q", c.name, got, d.echo)
		}
	}
}

func FuzzTyping(f *testing.F) {
	for _, c := range typing {
		f.Add([]byte(c.typed), uint32(0), uint32(0))
	}
	f.Fuzz(func(t *testing.T, typed []byte, in, local uint32) {
		d := &tty{termios: sane()}
		got := 0
		for i, b := range typed {
			d.take(b)
			if i%7 == 3 {
				d.set(termios{iflag: d.iflag ^ in, lflag: d.lflag ^ local, chars: sane().chars})
			}
			for _, r := range reads(d, 5) {
				if got += len(r); got > len(typed) {
					t.Fatalf("read %d bytes of %d", got, i+1)
				}
			}
			if d.chars[charMin] == 0 {
				t.Fatal("characters changed")
			}
		}
	})
}
