// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// Pipes: blocking, the ends' ends, what Go's poller is told, and many
// goroutines at once (run with -race).

package posix

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
)

// testPipe makes a pipe and returns its descriptors.
func (s *system) testPipe(t testing.TB, flags int) (r, w int) {
	t.Helper()
	b := make([]byte, 8)
	s.must(t, "pipe2", b, flags)
	return int(get32(b)), int(get32(b[4:]))
}

func TestPipeCarriesBytes(t *testing.T) {
	s, _ := newSystem()
	r, w := s.testPipe(t, 0)
	if r != 3 || w != 4 {
		t.Fatalf("descriptors %d, %d", r, w)
	}
	s.must(t, "write", w, []byte("hello"), 5)
	b := make([]byte, 3)
	if n := s.must(t, "read", r, b, 3); string(b[:n]) != "hel" {
		t.Errorf("read %q", b[:n])
	}
	if n := s.must(t, "read", r, b, 3); string(b[:n]) != "lo" {
		t.Errorf("read %q", b[:n])
	}
	s.must(t, "close", w)
	if n := s.must(t, "read", r, b, 3); n != 0 {
		t.Errorf("read %d bytes after the end", n)
	}
}

func TestPipeRefusals(t *testing.T) {
	s, _ := newSystem()
	r, w := s.testPipe(t, oNonblock)
	b := make([]byte, pipeSize)
	for _, c := range []struct {
		name string
		args []any
		want Errno
	}{
		{"read", []any{w, b, 1}, EBADF},
		{"write", []any{r, b, 1}, EBADF},
		{"read", []any{r, b, 1}, EAGAIN},
		{"read", []any{r, b, 0}, 0},
		{"pread64", []any{r, b, 1, 0}, ESPIPE},
		{"lseek", []any{r, 0, 0}, ESPIPE},
		{"write", []any{w, b, pipeSize}, 0},
		{"write", []any{w, b, 1}, EAGAIN},
		{"fcntl", []any{w, fSetPipeSize, pipeAtomic}, EBUSY},
		{"fcntl", []any{w, fSetPipeSize, pipeSizeMax + 1}, EPERM},
		{"close", []any{r}, 0},
		{"write", []any{w, b, 1}, EPIPE},
		{"pipe2", []any{b, oAppend}, EINVAL},
	} {
		if _, e := s.do(c.name, c.args...); e != c.want {
			t.Errorf("%s(%v): errno %d, want %d", c.name, c.args[0], e, c.want)
		}
	}
}

func TestPipeShortWriteIsWhole(t *testing.T) {
	s, _ := newSystem()
	r, w := s.testPipe(t, oNonblock)
	b := make([]byte, pipeSize)
	s.must(t, "write", w, b, pipeSize-100)
	if _, e := s.do("write", w, b, 101); e != EAGAIN {
		t.Errorf("101 bytes into 100: errno %d", e)
	}
	if n := s.must(t, "write", w, b, pipeAtomic+1); n != 100 {
		t.Errorf("a long write into 100 moved %d", n)
	}
	s.must(t, "fcntl", r, fSetPipeSize, 2*pipeSize)
	if n := s.must(t, "fcntl", w, fGetPipeSize); n != 2*pipeSize {
		t.Errorf("capacity %d", n)
	}
	if n := s.must(t, "write", w, b, 101); n != 101 {
		t.Errorf("wrote %d", n)
	}
	s.must(t, "ioctl", r, ioctlPending, b)
	if n := get32(b); n != pipeSize+101 {
		t.Errorf("%d bytes pending", n)
	}
}

func TestPipeTellsThePoller(t *testing.T) {
	s, k := newSystem()
	r, w := s.testPipe(t, oNonblock|oCloexec)
	copied := s.must(t, "dup", r)
	expect := func(what string, fd int, want string) {
		t.Helper()
		if got := k.edges(fd); got != want {
			t.Errorf("%s: descriptor %d got edges %q, want %q", what, fd, got, want)
		}
	}
	if !k.pollable(r) || !k.pollable(w) || !k.pollable(copied) {
		t.Error("an end is not pollable")
	}
	s.must(t, "write", w, []byte("x"), 1)
	expect("write", r, "r")
	expect("write", copied, "r")
	s.must(t, "read", r, make([]byte, 1), 1)
	expect("read", w, "w")
	s.must(t, "close", r)
	if k.pollable(r) {
		t.Error("a closed descriptor is pollable")
	}
	expect("one reader of two closed", w, "")
	s.must(t, "close", copied)
	expect("readers gone", w, "w")
	r, w = s.testPipe(t, oNonblock)
	s.must(t, "close", w)
	expect("writers gone", r, "r")
}

// TestCloseDuringRead: as on Linux the number is free at once, and the read
// goes on until there is something to return.
func TestCloseDuringRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newSystem()
		r, w := s.testPipe(t, 0)
		got := make(chan string)
		go func() {
			b := make([]byte, 8)
			n, _ := s.do("read", r, b, len(b))
			got <- string(b[:n])
		}()
		synctest.Wait()
		s.must(t, "close", r)
		if fd := s.must(t, "dup", 0); fd != r {
			t.Errorf("dup gave %d, want the closed %d", fd, r)
		}
		s.must(t, "write", w, []byte("late"), 4)
		if text := <-got; text != "late" {
			t.Errorf("read %q", text)
		}
		if _, e := s.do("write", w, []byte("x"), 1); e != EPIPE {
			t.Errorf("write after the last reader: errno %d", e)
		}
	})
}

func TestBlockedEndsLearnOfTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newSystem()
		r, w := s.testPipe(t, 0)
		r2, w2 := s.testPipe(t, 0)
		ended, broken := make(chan Errno), make(chan Errno)
		go func() {
			n, e := s.do("read", r, make([]byte, 1), 1)
			ended <- e + Errno(n)
		}()
		go func() {
			b := make([]byte, 2*pipeSize)
			n, e := s.do("write", w2, b, len(b))
			if n != pipeSize {
				t.Errorf("wrote %d, errno %d", n, e)
			}
			_, e = s.do("write", w2, b, len(b))
			broken <- e
		}()
		synctest.Wait()
		s.must(t, "close", w)
		s.must(t, "close", r2)
		if e := <-ended; e != 0 {
			t.Errorf("read at the end: errno %d", e)
		}
		if e := <-broken; e != EPIPE {
			t.Errorf("write: errno %d", e)
		}
	})
}

// TestPipeStream sends pseudo-random bytes in random pieces through a pipe,
// with writers and readers that block.
func TestPipeStream(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	s, _ := newSystem()
	r, w := s.testPipe(t, 0)
	data := make([]byte, 3<<20)
	rnd := rand.New(rand.NewPCG(seed, 1))
	for i := range data {
		data[i] = byte(rnd.Uint32())
	}
	go func() {
		sizes := rand.New(rand.NewPCG(seed, 2))
		for rest := data; len(rest) > 0; {
			n := min(1+sizes.IntN(100_000), len(rest))
			s.do("write", w, rest[:n], n)
			rest = rest[n:]
		}
		s.do("close", w)
	}()
	var got []byte
	for b := make([]byte, 100_000); ; {
		n := s.must(t, "read", r, b, 1+rnd.IntN(len(b)))
		if n == 0 {
			break
		}
		got = append(got, b[:n]...)
	}
	if !bytes.Equal(got, data) {
		t.Errorf("%d bytes came out wrong of %d", len(got), len(data))
	}
}

// TestManyPipes has goroutines open, copy, use and close at once.
func TestManyPipes(t *testing.T) {
	s, _ := newSystem()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			b := make([]byte, 8)
			for range 200 {
				r, w := s.testPipe(t, 0)
				c := s.must(t, "dup", w)
				s.must(t, "close", w)
				s.must(t, "write", c, []byte("ping"), 4)
				if n := s.must(t, "read", r, b, 8); string(b[:n]) != "ping" {
					t.Errorf("read %q", b[:n])
				}
				s.must(t, "close", c)
				s.must(t, "close", r)
			}
		})
	}
	all.Wait()
	if fd := s.must(t, "dup", 0); fd != 3 {
		t.Errorf("lowest free descriptor %d: some stayed open", fd)
	}
}
