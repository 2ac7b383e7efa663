// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The last line: found, hidden, and never mistaken. Runs on the host.

package domain

import (
	"strings"
	"testing"
)

// endingCases pairs a whole console with what is shown of it and its verdict.
var endingCases = []struct {
	name, console, shown string
	want                 verdict
	ok                   bool
}{
	{"exit", "hello\ndomlet: exit 0\n", "hello\n", verdict{}, true},
	{"code", "domlet: exit 7\n", "", verdict{code: 7}, true},
	{"large code", "domlet: exit 256\n", "", verdict{}, true},
	{"negative code", "domlet: exit -1\n", "", verdict{code: 255}, true},
	{"panic", "panic: x\n\ndomlet: panic\n", "panic: x\n\n", verdict{panicked: true, code: 2}, true},
	{"unfinished line", "hello\r\ndomlet: exit 3 (output ended mid-line)\n", "hello", verdict{code: 3}, true},
	{"unfinished panic", "x\r\ndomlet: panic (output ended mid-line)\n", "x", verdict{panicked: true, code: 2}, true},
	{"reboot", "x\ndomlet: exit 143 (reboot)\n", "x\n", verdict{code: 143, reboot: true}, true},
	{"unfinished reboot", "x\r\ndomlet: exit 0 (reboot) (output ended mid-line)\n", "x", verdict{reboot: true}, true},
	{"ends with CR", "hello\r\r\ndomlet: exit 0 (output ended mid-line)\n", "hello\r", verdict{}, true},
	{"own CRLF", "hello\r\ndomlet: exit 0\n", "hello\r\n", verdict{}, true},
	{"nothing", "", "", verdict{}, false},
	{"no last line", "hello\n", "hello\n", verdict{}, false},
	{"cut last line", "hello\ndomlet: exit 1", "hello\ndomlet: exit 1", verdict{}, false},
	{"not at a line's start", "x domlet: exit 1\n", "x domlet: exit 1\n", verdict{}, false},
	{"program says it", "domlet: exit 4\nmore\ndomlet: exit 5\n", "domlet: exit 4\nmore\n", verdict{code: 5}, true},
	{"program says it twice", "domlet: exit 4\ndomlet: exit 5\n", "domlet: exit 4\n", verdict{code: 5}, true},
	{"another note", "domlet: no such key\n", "domlet: no such key\n", verdict{}, false},
	{"long line", "domlet: " + strings.Repeat("x", 100) + "\n", "domlet: " + strings.Repeat("x", 100) + "\n", verdict{}, false},
}

func TestFilter(t *testing.T) {
	for _, c := range endingCases {
		for size := 1; size <= len(c.console)+1; size++ {
			var f filter
			shown, v, ok := drive(&f, c.console, size, false)
			if shown != c.shown || v != c.want || ok != c.ok {
				t.Errorf("%s, %d bytes at a time: shown %q, %+v, %v", c.name, size, shown, v, ok)
			}
		}
	}
}

// TestFilterReleased gives up everything that is held after each chunk, as
// happens when a program pauses there: nothing may be lost or said twice, and
// the verdict must stay the same.
func TestFilterReleased(t *testing.T) {
	for _, c := range endingCases {
		for size := 1; size <= len(c.console)+1; size++ {
			var f filter
			shown, v, ok := drive(&f, c.console, size, true)
			if shown != c.console || v != c.want || ok != c.ok {
				t.Errorf("%s, %d bytes at a time: shown %q, %+v, %v", c.name, size, shown, v, ok)
			}
		}
	}
}

// TestFilterHoldsLittle checks that ordinary output is passed on at once.
func TestFilterHoldsLittle(t *testing.T) {
	for _, text := range []string{"hello\n", "prompt> ", "a\nb", "x\n\n", "done"} {
		var f filter
		if got := string(f.feed([]byte(text))); got != text || f.waiting() {
			t.Errorf("feed(%q) shows %q", text, got)
		}
	}
}

// drive feeds a console in chunks of size bytes and returns what a user sees.
func drive(f *filter, console string, size int, pause bool) (string, verdict, bool) {
	var shown strings.Builder
	for len(console) > 0 {
		n := min(size, len(console))
		shown.Write(f.feed([]byte(console[:n])))
		if pause {
			shown.Write(f.release())
		}
		console = console[n:]
	}
	rest, v, ok := f.finish()
	shown.Write(rest)
	return shown.String(), v, ok
}

func FuzzFilter(f *testing.F) {
	for _, c := range endingCases {
		f.Add(c.console, 3)
	}
	f.Fuzz(func(t *testing.T, console string, size int) {
		size = max(1, min(size, len(console)+1))
		var whole, parts filter
		a, va, oka := drive(&whole, console, len(console)+1, false)
		b, vb, okb := drive(&parts, console, size, false)
		if a != b || va != vb || oka != okb || !strings.HasPrefix(console, a) {
			t.Fatalf("%q at once: %q %+v %v; by %d: %q %+v %v", console, a, va, oka, size, b, vb, okb)
		}
	})
}
