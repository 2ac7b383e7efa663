// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A ring of bytes between two ends, honest and not. Host.

package ring

import (
	"bytes"
	"errors"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/xen/grant"
)

const streamSize = 1024

// newPlace lays a ring in the middle of a page of its own, with both indices at
// start.
func newPlace(start uint32) Place {
	index, data := newPage(), newPage()
	p := Place{Index: index, Cons: 8, Prod: 100, Data: data, Base: 512, Size: streamSize}
	index.Store32(p.Cons, start)
	index.Store32(p.Prod, start)
	return p
}

// streamStarts are places where indices may stand: the beginning, before the end
// of the ring, before 2^32.
var streamStarts = []uint32{0, 1, streamSize - 3, 1<<32 - 5, 1<<32 - streamSize}

// TestStream: a full ring takes nothing, an empty one gives nothing, all of it
// can be used, what comes out is what went in, and nothing else is touched.
func TestStream(t *testing.T) {
	sent := make([]byte, streamSize+1)
	testkit.Rand(t).Read(sent)
	for _, start := range streamStarts {
		p := newPlace(start)
		w, r := NewWriter(p), NewReader(p)
		got := make([]byte, streamSize+1)
		for _, step := range []struct {
			end  *Stream
			p    []byte
			want int
		}{{r, got, 0}, {w, nil, 0}, {w, sent, streamSize}, {w, sent, 0}, {r, nil, 0}, {r, got, streamSize}, {r, got[:1], 0}} {
			if n, err := step.end.Move(step.p); n != step.want || err != nil {
				t.Fatalf("from %d: moved %d of %d bytes, not %d, %v", start, n, len(step.p), step.want, err)
			}
		}
		if !bytes.Equal(got[:streamSize], sent[:streamSize]) {
			t.Errorf("from %d: other bytes came out", start)
		}
		p.Data.Peek(0, grant.PageSize, func(b []byte) {
			if len(bytes.Trim(b[:512], "\x00"))+len(bytes.Trim(b[512+streamSize:], "\x00")) > 0 {
				t.Errorf("from %d: bytes outside of the ring were written", start)
			}
		})
	}
}

// TestPeekAndDiscard reads in place: up to the end of the ring, then from its
// beginning.
func TestPeekAndDiscard(t *testing.T) {
	p := newPlace(streamSize - 3)
	w, r := NewWriter(p), NewReader(p)
	w.Move([]byte("abcdefgh"))
	for _, want := range []string{"abc", "defgh", ""} {
		if ok, err := w.Drained(); ok != (want == "") || err != nil {
			t.Errorf("before %q: drained: %v, %v", want, ok, err)
		}
		if ok, err := r.Some(); ok != (want != "") || err != nil {
			t.Errorf("before %q: some: %v, %v", want, ok, err)
		}
		if shown, err := r.Peek(func(b []byte) {
			if string(b) != want {
				t.Errorf("%q, not %q", b, want)
			}
		}); shown != (want != "") || err != nil {
			t.Errorf("before %q: shown: %v, %v", want, shown, err)
		}
		if n, err := r.Discard(max(len(want), 1)); n != len(want) || err != nil {
			t.Errorf("%q: discarded %d, %v", want, n, err)
		}
	}
}

// TestSecondReader goes on where the first stopped.
func TestSecondReader(t *testing.T) {
	p := newPlace(7)
	NewWriter(p).Move([]byte("abcdefgh"))
	NewReader(p).Move(make([]byte, 3))
	got := make([]byte, 8)
	if n, err := NewReader(p).Move(got); string(got[:n]) != "defgh" || err != nil {
		t.Errorf("%q, %v", got[:n], err)
	}
}

// TestStreamLies: an index that says more than the ring holds, at either end, is
// an error for good, and nothing is moved. The last of these is what QSB-010
// calls a negative size.
func TestStreamLies(t *testing.T) {
	for _, lie := range []uint32{streamSize + 1, 5000, 1 << 31, 1<<31 + 5, 1<<32 - 1} {
		p := newPlace(7)
		w, r := NewWriter(p), NewReader(p)
		p.Index.Store32(p.Prod, 7+lie)
		p.Index.Store32(p.Cons, 7-lie) // more unread than fits, or less than nothing
		refuses(t, r, p)
		refuses(t, w, p)
	}
}

// refuses wants an end to refuse everything, also after the indices were mended.
func refuses(t *testing.T, s *Stream, p Place) {
	t.Helper()
	mine := p.Index.Load32(s.mine)
	for range 2 {
		n, err := s.Move(make([]byte, 10))
		_, some := s.Some()
		_, discard := s.Discard(1)
		_, peek := s.Peek(func([]byte) { t.Error("peeked") })
		for _, err := range []error{err, some, discard, peek} {
			if !errors.Is(err, ErrIndex) {
				t.Errorf("not refused: %v", err)
			}
		}
		if n != 0 || p.Index.Load32(s.mine) != mine {
			t.Errorf("%d bytes were moved", n)
		}
		p.Index.Store32(s.theirs, 7)
	}
}

// TestOwnIndexOverwritten: a peer that writes our own index gets no further with
// it.
func TestOwnIndexOverwritten(t *testing.T) {
	p := newPlace(0)
	w, r := NewWriter(p), NewReader(p)
	w.Move([]byte("abc"))
	p.Index.Store32(p.Cons, 1<<31)
	b := make([]byte, 10)
	if n, err := r.Move(b); string(b[:n]) != "abc" || err != nil {
		t.Errorf("read %q, %v", b[:n], err)
	}
	p.Index.Store32(p.Prod, 1<<31)
	if n, err := w.Move(b); n != 10 || err != nil || p.Index.Load32(p.Prod) != 13 {
		t.Errorf("wrote %d, %v; the index stands at %d", n, err, p.Index.Load32(p.Prod))
	}
}

// TestStreamClosed: closed memory moves nothing, and no index.
func TestStreamClosed(t *testing.T) {
	p := newPlace(0)
	w, r := NewWriter(p), NewReader(p)
	w.Move([]byte("abc"))
	<-p.Data.(*grant.Memory).Revoke()
	for _, s := range []*Stream{w, r} {
		if n, err := s.Move(make([]byte, 3)); n != 0 || err != nil {
			t.Errorf("moved %d, %v", n, err)
		}
	}
	if at := p.Index.Load32(p.Prod); at != 3 {
		t.Errorf("the index stands at %d", at)
	}
}
