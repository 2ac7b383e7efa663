// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// The console's promise: whole while somebody reads, lossy and honest after.

package posix

import (
	"bytes"
	"strings"
	"sync"
	"testing"
)

func TestConsoleWaitsForItsReader(t *testing.T) {
	s, k := newSystem()
	calls := 0
	k.reader = func(k *fakeKernel) bool {
		calls++
		if calls%patience != 0 { // slow, but never too slow
			return false
		}
		k.ring += 1000
		return true
	}
	want := bytes.Repeat([]byte("0123456789\n"), 2000)
	if n := s.must(t, "write", 1, want, len(want)); n != len(want) {
		t.Fatalf("wrote %d of %d", n, len(want))
	}
	if !bytes.Equal(k.out, want) {
		t.Fatalf("output differs, %d bytes", len(k.out))
	}
}

func TestConsoleLossIsCountedAndSaid(t *testing.T) {
	s, k := newSystem()
	k.ring = 10
	text := []byte("twelve bytes")
	for range 3 {
		if n := s.must(t, "write", 2, text, len(text)); n != len(text) {
			t.Fatalf("wrote %d", n)
		}
	}
	if want := int64(patience * nap); k.now != want {
		t.Errorf("waited %d ns in all, want %d once", k.now, want)
	}
	if k.lost != 26 {
		t.Errorf("the kernel was told of %d lost bytes, want 26", k.lost)
	}
	k.ring = 1000
	s.must(t, "write", 1, []byte("back\n"), 5)
	if k.lost != 0 {
		t.Errorf("the kernel is to name %d bytes that were named", k.lost)
	}
	s.must(t, "write", 1, []byte("again\n"), 6)
	want := "twelve byt\ndomlet: console: 26 bytes dropped\nback\nagain\n"
	if string(k.out) != want {
		t.Errorf("got %q, want %q", k.out, want)
	}
}

func TestConsoleLossSaidInPieces(t *testing.T) {
	s, k := newSystem()
	k.ring = 0
	s.must(t, "write", 1, []byte("lost\n"), 5)
	k.ring = 4 // the line begins, and the reader stands still again
	s.must(t, "write", 1, []byte("lost\n"), 5)
	k.ring = 1000
	s.must(t, "write", 1, []byte("here\n"), 5)
	want := "doml\ndomlet: console: 10 bytes dropped\nhere\n"
	if string(k.out) != want {
		t.Errorf("got %q, want %q", k.out, want)
	}
}

func TestConsoleNonblocking(t *testing.T) {
	s, k := newSystem()
	s.must(t, "fcntl", 1, fSetFL, oNonblock)
	k.ring = 3
	if n := s.must(t, "write", 1, []byte("hello"), 5); n != 3 {
		t.Errorf("wrote %d, want 3", n)
	}
	if _, e := s.do("write", 1, []byte("lo"), 2); e != EAGAIN {
		t.Errorf("full ring: errno %d", e)
	}
	s.must(t, "fcntl", 0, fSetFL, oNonblock)
	b := make([]byte, 4)
	if _, e := s.do("read", 0, b, 4); e != EAGAIN {
		t.Errorf("no input: errno %d", e)
	}
	k.typed("abcdef\n")
	if n := s.must(t, "read", 0, b, 4); string(b[:n]) != "abcd" {
		t.Errorf("read %q", b[:n])
	}
}

// Memory that is not there is EFAULT at once, waiting or not, and no loss.
func TestConsoleAbsentMemory(t *testing.T) {
	s, k := newSystem()
	k.absent = true
	k.typed("never read\n")
	for _, flags := range []int{0, oNonblock} {
		s.must(t, "fcntl", 1, fSetFL, flags)
		for _, call := range []string{"write", "read"} {
			if _, e := s.do(call, 1, make([]byte, 8), 8); e != EFAULT {
				t.Errorf("%s, flags %#x: errno %d, want EFAULT", call, flags, e)
			}
		}
	}
	if k.now != 0 || k.lost != 0 {
		t.Errorf("waited %d ns, lost %d bytes", k.now, k.lost)
	}
}

func TestConsoleReadWaits(t *testing.T) {
	s, k := newSystem()
	got := make(chan string)
	go func() {
		b := make([]byte, 16)
		n, _ := s.do("read", 0, b, len(b))
		got <- string(b[:n])
	}()
	k.typed("line\n")
	if line := <-got; line != "line\n" {
		t.Errorf("read %q", line)
	}
}

func TestConsoleWritesDoNotMix(t *testing.T) {
	s, k := newSystem()
	k.ring = 5
	k.reader = func(k *fakeKernel) bool { k.ring += 3; return true }
	var all sync.WaitGroup
	for i := range 8 {
		line := []byte(strings.Repeat(string(rune('a'+i)), 60) + "\n")
		all.Go(func() {
			for range 20 {
				s.do("write", 1, line, len(line))
			}
		})
	}
	all.Wait()
	for line := range strings.Lines(string(k.out)) {
		if line != strings.Repeat(line[:1], 60)+"\n" {
			t.Fatalf("mixed line %q", line)
		}
	}
	if len(k.out) != 8*20*61 {
		t.Errorf("%d bytes", len(k.out))
	}
}
