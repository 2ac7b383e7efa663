// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A ring of bytes, seen from one end. Portable; one goroutine at a time for each
// end.

package ring

import "fmt"

// StreamMemory is [Memory] whose bytes can also be looked at in place: f is
// called with the n bytes at off, fewer where the memory ends, and false means
// that it was not called because the memory is closed.
type StreamMemory interface {
	Memory
	Peek(off uint32, n int, f func(b []byte)) bool
}

// Place says where a ring of bytes lies; all offsets are in bytes.
type Place struct {
	Index      Memory // the page of the two indices
	Cons, Prod uint32 // where in it the reader's index is, and the writer's
	Data       StreamMemory
	Base, Size uint32 // where in Data the ring begins, and how long it is: a power of two
}

// Stream is one end of a ring of bytes. Its own index lives here and is only ever
// written to the page: a peer that overwrites it there changes nothing.
type Stream struct {
	place  Place
	mine   uint32 // offset of the index that this end writes
	theirs uint32 // and of the other's
	at     uint32 // this end's index
	writes bool   // this end writes
	wipes  bool   // bytes must not stay: see Overwrite
	err    error  // after the first one nothing is believed any more
}

// NewReader returns the end that reads. Its index is taken from where it stands,
// which is not 0 where another reader was at work before.
func NewReader(p Place) *Stream {
	return &Stream{place: p, mine: p.Cons, theirs: p.Prod, at: p.Index.Load32(p.Cons)}
}

// NewWriter returns the end that writes, in the same way.
func NewWriter(p Place) *Stream {
	return &Stream{place: p, mine: p.Prod, theirs: p.Cons, at: p.Index.Load32(p.Prod), writes: true}
}

// Room returns how many bytes can be moved now, from 0 to the ring's size: data
// to read, or space to write. Without its check a reader would take what was
// never written (the index is compared as a signed number in the library of
// QSB-010), and a writer would overwrite what was not read. An index that was
// wrong once is never trusted again: the error is ErrIndex ever after.
func (s *Stream) Room() (uint32, error) {
	if s.err != nil {
		return 0, s.err
	}
	n := s.place.Index.Load32(s.theirs) - s.at
	if s.writes {
		n += s.place.Size // size - (at - theirs)
	}
	if n > s.place.Size {
		s.err = fmt.Errorf("%w, when ours is %d: it is broken or hostile, close the connection", ErrIndex, s.at)
		return 0, s.err
	}
	return n, nil
}

// Some reports whether a byte can be moved.
func (s *Stream) Some() (bool, error) {
	n, err := s.Room()
	return n > 0, err
}

// Drained reports of the end that writes whether the other has taken everything.
func (s *Stream) Drained() (bool, error) {
	n, err := s.Room()
	return n == s.place.Size, err
}

// Move copies up to len(p) bytes between p and the ring and lets the other end
// see it. It returns how many there were: none once the memory is closed.
func (s *Stream) Move(p []byte) (int, error) {
	n, err := s.Room()
	if err != nil {
		return 0, err
	}
	p = p[:min(len(p), int(n))]
	at := s.at & (s.place.Size - 1)
	first := min(len(p), int(s.place.Size-at))
	done := s.copy(at, p[:first])
	if first < len(p) {
		done += s.copy(0, p[first:])
	}
	s.advance(done)
	return done, nil
}

// copy copies between p and the ring, which goes on that far behind at.
func (s *Stream) copy(at uint32, p []byte) int {
	if s.wipes {
		return s.carry(at, p)
	}
	if s.writes {
		return s.place.Data.CopyIn(s.place.Base+at, p)
	}
	return s.place.Data.CopyOut(p, s.place.Base+at)
}

// Peek shows f what can be read without a gap, at least a byte; f keeps to the
// rules of the memory. False: there is nothing, or the memory is closed, and f was
// not called.
func (s *Stream) Peek(f func(b []byte)) (shown bool, err error) {
	n, err := s.Room()
	if n == 0 || err != nil {
		return false, err
	}
	at := s.at & (s.place.Size - 1)
	return s.place.Data.Peek(s.place.Base+at, int(min(n, s.place.Size-at)), f), nil
}

// Discard passes over up to n bytes of what can be read and returns how many there
// were.
func (s *Stream) Discard(n int) (int, error) {
	room, err := s.Room()
	if err != nil {
		return 0, err
	}
	n = min(n, int(room))
	s.advance(n)
	return n, nil
}

// advance lets the other end see that n bytes have been moved.
func (s *Stream) advance(n int) {
	if n > 0 {
		if s.wipes && !s.writes {
			s.blank(s.at, uint32(n))
		}
		s.at += uint32(n)
		s.place.Index.Store32(s.mine, s.at)
	}
}
