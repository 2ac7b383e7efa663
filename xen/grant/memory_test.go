// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Memory: its bounds, and what is seen of it while and after it is closed. Host.

package grant

import (
	"bytes"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
)

func TestMemoryWords(t *testing.T) {
	m := NewMemory(make([]byte, PageSize))
	m.Store32(8, 0xf0)
	if old := m.Or32(8, 0x0f); old != 0xf0 || m.Load32(8) != 0xff {
		t.Errorf("Or32: %#x, %#x", old, m.Load32(8))
	}
	if old := m.And32(8, 0x3c); old != 0xff || m.Load32(8) != 0x3c {
		t.Errorf("And32: %#x, %#x", old, m.Load32(8))
	}
	m.Store32(PageSize-4, 7)
	if m.Load32(PageSize-4) != 7 || m.Load32(0) != 0 {
		t.Error("the last word")
	}
}

func TestMemoryPanicsOutsideWords(t *testing.T) {
	m := NewMemory(make([]byte, PageSize))
	for _, off := range []uint32{1, 2, PageSize - 3, PageSize, PageSize + 4, 1<<32 - 4} {
		for name, f := range map[string]func(){
			"Load32": func() { m.Load32(off) }, "Store32": func() { m.Store32(off, 1) },
			"Or32": func() { m.Or32(off, 1) }, "And32": func() { m.And32(off, 1) },
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s at %d did not panic", name, off)
					}
				}()
				f()
			}()
		}
	}
}

func TestMemoryCopiesEndWithIt(t *testing.T) {
	m := NewMemory(make([]byte, PageSize))
	if n := m.CopyIn(PageSize-2, []byte("abc")); n != 2 {
		t.Errorf("CopyIn over the end: %d", n)
	}
	got := make([]byte, 4)
	if n := m.CopyOut(got, PageSize-2); n != 2 || string(got[:2]) != "ab" {
		t.Errorf("CopyOut over the end: %d, %q", n, got)
	}
	for _, off := range []uint32{PageSize, PageSize + 1, 1<<32 - 1} {
		if m.CopyIn(off, got) != 0 || m.CopyOut(got, off) != 0 {
			t.Errorf("copies at %d", off)
		}
	}
	for _, c := range []struct {
		off     uint32
		n, want int
	}{{0, 3, 3}, {PageSize - 2, 9, 2}, {PageSize, 1, 0}, {1<<32 - 1, 1, 0}, {0, -1, 0}} {
		m.Peek(c.off, c.n, func(b []byte) {
			if len(b) != c.want || cap(b) != c.want {
				t.Errorf("Peek(%d, %d): %d bytes of %d", c.off, c.n, len(b), cap(b))
			}
		})
	}
}

func TestMemoryClosed(t *testing.T) {
	mem := bytes.Repeat([]byte{1}, PageSize)
	m := NewMemory(mem)
	if err := m.close(); err != nil || !m.Closed() {
		t.Fatal(err)
	}
	if err := m.close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("second close: %v", err)
	}
	m.Store32(0, 2)
	m.Or32(0, 2)
	m.And32(0, 0)
	m.CopyIn(0, []byte{2})
	got := []byte{9}
	if m.Load32(0) != 0 || m.CopyOut(got, 0) != 0 || got[0] != 9 || m.Len() != PageSize {
		t.Error("closed memory was read")
	}
	if m.Peek(0, 1, func([]byte) { t.Error("Peek of closed memory") }) {
		t.Error("Peek says it saw something")
	}
	if !bytes.Equal(mem, bytes.Repeat([]byte{1}, PageSize)) {
		t.Error("closed memory was written")
	}
}

// TestCloseWaits shows that Close ends while nobody looks, and not before.
func TestCloseWaits(t *testing.T) {
	m := NewMemory(make([]byte, PageSize))
	in, out, done := make(chan bool), make(chan bool), make(chan bool)
	var left atomic.Bool
	go m.Peek(0, 8, func([]byte) { close(in); <-out; left.Store(true) })
	<-in
	go func() {
		m.close()
		if !left.Load() {
			t.Error("closed under somebody's eyes")
		}
		close(done)
	}()
	for !m.Closed() {
		m.Load32(0)
	}
	m.Load32(0) // a late user comes and goes while the other one still looks
	close(out)
	<-done
}

// TestCloseStorm has many goroutines in the memory while it is closed: what they
// see is what was there, or nothing, and after Close nobody is in it.
func TestCloseStorm(t *testing.T) {
	for range 200 {
		mem := make([]byte, PageSize)
		m := NewMemory(mem)
		for i := uint32(0); i < PageSize; i += 4 {
			m.Store32(i, 7)
		}
		var all sync.WaitGroup
		for g := range uint32(64) {
			all.Go(func() {
				buf := make([]byte, 8)
				for !m.Closed() {
					if v := m.Load32(g * 4); v != 7 && v != 0 {
						t.Errorf("read %d", v)
					}
					m.CopyIn(2048+g*8, buf[:m.CopyOut(buf, 2048+g*8)])
				}
			})
		}
		m.close()
		clear(mem) // a race, were anybody still in
		all.Wait()
	}
}
