// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// The console's input by system calls: as a terminal, and as a pipe.

package posix

import (
	"bytes"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
)

func TestConsoleIsATerminal(t *testing.T) {
	s, k := newSystem()
	k.line = "window=132x43 console=tty -- window=1x1"
	settings := make([]byte, termiosSize)
	s.must(t, "ioctl", 1, ioctlGet, settings)
	if got := decodeTermios(settings); got != sane() {
		t.Errorf("settings %+v", got)
	}
	size := make([]byte, windowSize)
	s.must(t, "ioctl", 1, ioctlWindow, size)
	if want := []byte{43, 0, 132, 0, 0, 0, 0, 0}; !bytes.Equal(size, want) {
		t.Errorf("size %v, want %v", size, want)
	}
	size[0] = 50
	s.must(t, "ioctl", 1, ioctlResize, size)
	if k.signal != 28 {
		t.Errorf("a new size sends signal %d", k.signal)
	}
	k.signal = 0
	s.must(t, "ioctl", 1, ioctlResize, size)
	if k.signal != 0 {
		t.Error("the same size sends a signal")
	}
	group := make([]byte, 4)
	if s.must(t, "ioctl", 0, ioctlGroup, group); get32(group) != processID {
		t.Errorf("group %d", get32(group))
	}
	if _, e := s.do("ioctl", 1, 0x5412, 0); e != ENOTTY { // TIOCSTI
		t.Errorf("an unknown request: errno %d", e)
	}
	if _, e := s.do("lseek", 1, 0, 0); e != ESPIPE {
		t.Errorf("lseek: errno %d", e)
	}
}

// readUntilEnd takes what a descriptor that must not wait gives.
func (s *system) readUntilEnd(t *testing.T, fd int) (got []string) {
	t.Helper()
	b := make([]byte, 64)
	for {
		n, e := s.do("read", fd, b, len(b))
		if e == EAGAIN {
			return got
		}
		if e != 0 {
			t.Fatalf("errno %d", e)
		}
		if got = append(got, string(b[:n])); n == 0 {
			return got
		}
	}
}

func TestTerminalReads(t *testing.T) {
	s, k := newSystem()
	s.must(t, "fcntl", 0, fSetFL, oNonblock)
	k.typed("one\rtwo")
	if got := s.readUntilEnd(t, 0); len(got) != 1 || got[0] != "one\n" {
		t.Errorf("read %q", got)
	}
	if string(k.out) != "one\ntwo" {
		t.Errorf("shown %q", k.out)
	}
	k.typed("\x03") // forgets "two"
	s.readUntilEnd(t, 0)
	if k.signal != 2 {
		t.Errorf("an interrupt sent signal %d", k.signal)
	}
	k.typed("\r\x04")
	if got := s.readUntilEnd(t, 0); len(got) != 2 || got[0] != "\n" || got[1] != "" {
		t.Errorf("read %q", got)
	}
}

func TestTerminalMadeRaw(t *testing.T) {
	s, k := newSystem()
	s.must(t, "fcntl", 0, fSetFL, oNonblock)
	k.typed("lost")
	next := raw()
	s.must(t, "ioctl", 0, ioctlSetFlush, next.encode())
	if !k.raw {
		t.Error("output is processed")
	}
	k.typed("a\x03\r")
	if got := s.readUntilEnd(t, 0); len(got) != 1 || got[0] != "a\x03\r" || len(k.out) > 0 || k.signal != 0 {
		t.Errorf("read %q, shown %q, signal %d", got, k.out, k.signal)
	}
	back := sane()
	s.must(t, "ioctl", 0, ioctlSetDrain, back.encode())
	if k.raw {
		t.Error("output is not processed")
	}
}

// While a goroutine reads, another may ask for the settings.
func TestSettingsWhileReading(t *testing.T) {
	s, k := newSystem()
	got := make(chan string)
	go func() {
		b := make([]byte, 16)
		n, _ := s.do("read", 0, b, len(b))
		got <- string(b[:n])
	}()
	for range 100 {
		s.must(t, "ioctl", 0, ioctlGet, make([]byte, termiosSize))
	}
	k.typed("line\r")
	if line := <-got; line != "line\n" {
		t.Errorf("read %q", line)
	}
}

// escaped is what the other side of console=pipe sends for some data.
func escaped(data []byte) []byte {
	return append(bytes.ReplaceAll(data, []byte{escape}, []byte{escape, escape}), escape, ending)
}

func TestConsoleAsPipe(t *testing.T) {
	s, k := newSystem()
	k.piped = true
	if _, e := s.do("ioctl", 0, ioctlGet, make([]byte, termiosSize)); e != ENOTTY {
		t.Errorf("a pipe is a terminal: errno %d", e)
	}
	st := make([]byte, 144)
	if s.must(t, "fstat", 0, st); get32(st[24:])&modeType != modePipe {
		t.Errorf("mode %o", get32(st[24:]))
	}
	data := make([]byte, 5000)
	testkit.Rand(t).Read(data)
	data = append(data, "\x10\x04\x10\x10\x03\r\n\x10"...)
	k.typed(string(escaped(data)) + "not read")
	var got []byte
	b := make([]byte, 7)
	for {
		n := s.must(t, "read", 0, b, len(b))
		if n == 0 {
			break
		}
		got = append(got, b[:n]...)
	}
	if !bytes.Equal(got, data) {
		t.Errorf("%d bytes arrived, not the %d that were sent", len(got), len(data))
	}
	if n := s.must(t, "read", 0, b, len(b)); n != 0 {
		t.Error("there is something behind the end")
	}
	if len(k.out) > 0 {
		t.Errorf("a pipe echoes %q", k.out)
	}
}

func TestWindowOf(t *testing.T) {
	for size, want := range map[string][2]uint16{
		"": {}, "80x24": {80, 24}, "80": {80, 0}, "x": {}, "1x2x3": {1, 23}, "x7": {0, 7},
	} {
		if c, r := windowOf(size); [2]uint16{c, r} != want {
			t.Errorf("%q: %dx%d", size, c, r)
		}
	}
}
