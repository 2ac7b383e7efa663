// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What is left in a ring whose bytes must not stay. Host.

package ring

import (
	"bytes"
	"testing"

	"github.com/domlet/domlet/xen/grant"
)

// left counts the bytes of a page that are not zero.
func left(t *testing.T, p Place) int {
	t.Helper()
	n := 0
	p.Data.Peek(0, grant.PageSize, func(b []byte) { n = len(b) - bytes.Count(b, []byte{0}) })
	return n
}

// TestOverwrite: what was read, or passed over, is zeros when the writer may use
// its place, also where it runs over the end of the ring; what was not read stays.
func TestOverwrite(t *testing.T) {
	text := bytes.Repeat([]byte("x"), streamSize)
	for _, start := range streamStarts {
		p := newPlace(start)
		w, r := NewWriter(p), NewReader(p)
		r.Overwrite()
		w.Overwrite()
		w.Move(text)
		for i, want := range []int{streamSize - 10, streamSize - 15, 0} {
			switch i {
			case 0:
				r.Move(make([]byte, 10))
			case 1:
				r.Discard(5)
			case 2:
				r.Move(make([]byte, streamSize))
			}
			if got := left(t, p); got != want {
				t.Errorf("from %d, step %d: %d bytes are left, want %d", start, i, got, want)
			}
		}
	}
}

// TestWipeRead: the writer leaves alone what was not read.
func TestWipeRead(t *testing.T) {
	for _, start := range streamStarts {
		p := newPlace(start)
		w, r := NewWriter(p), NewReader(p)
		w.Move(bytes.Repeat([]byte("x"), streamSize))
		r.Move(make([]byte, 100))
		if err := w.WipeRead(); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, streamSize)
		if n, _ := r.Move(got); n != streamSize-100 || left(t, p) != streamSize-100 || bytes.Count(got, []byte("x")) != n {
			t.Errorf("from %d: %d bytes came, %d are left", start, n, left(t, p))
		}
		w.Wipe()
		if got := left(t, p); got != 0 {
			t.Errorf("from %d: %d bytes are left after Wipe", start, got)
		}
		w.Move([]byte("unread"))
		w.Wipe()
		if n, err := r.Move(got); n != 0 || err != nil || left(t, p) != 0 {
			t.Errorf("from %d: %d bytes can be read after Wipe, %v", start, n, err)
		}
	}
}

// TestWipeReadOfLiar: an index that cannot be is an error, and nothing is written.
func TestWipeReadOfLiar(t *testing.T) {
	p := newPlace(0)
	w := NewWriter(p)
	w.Move([]byte("abc"))
	p.Index.Store32(p.Cons, 4)
	if err := w.WipeRead(); err == nil || left(t, p) != 3 {
		t.Errorf("%v, %d bytes are left", err, left(t, p))
	}
}
