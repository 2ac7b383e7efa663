// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// One ring, seen from one end: who may move how many bytes. One goroutine at a time.

package vchan

import "errors"

// memory is what the protocol asks of shared memory; *grant.Memory has it. Words are read with acquire and written with
// release order and a full barrier. Once the memory is closed, words are 0 and copies move nothing.
type memory interface {
	Load32(off uint32) uint32
	Store32(off, v uint32)
	Or32(off, v uint32) (old uint32)
	And32(off, v uint32) (old uint32)
	CopyOut(dst []byte, off uint32) int
	CopyIn(off uint32, src []byte) int
	Peek(off uint32, n int, f func(b []byte)) bool
}

// errIndex ends a connection: a ring is never more than full.
var errIndex = errors.New("vchan: the partner's ring index is out of range; it is broken or hostile, close the connection")

// stream is one direction of a connection. The end's own index lives here and is only ever written to the page: a partner
// that overwrites it there changes nothing.
type stream struct {
	page   memory
	data   memory
	base   uint32 // where the ring begins in data
	size   uint32 // bytes, a power of two
	mine   uint32 // offset in the page of the index that this end writes
	theirs uint32 // and of the partner's
	at     uint32 // this end's index
	writes bool   // this end writes
	broken bool   // the partner's index was out of range once
}

// room returns how many bytes can be moved now, from 0 to size: data to read, or space to write. Without the check a reader
// would take what was never written (the index is compared as a signed number in the library of QSB-010), and a writer
// would overwrite what was not read. An index that was wrong once is never trusted again.
func (s *stream) room() (uint32, error) {
	n := s.page.Load32(s.theirs) - s.at
	if s.writes {
		n += s.size // s.size - (s.at - theirs)
	}
	if n > s.size || s.broken {
		s.broken = true
		return 0, errIndex
	}
	return n, nil
}

// some reports whether a byte can be moved.
func (s *stream) some() (bool, error) {
	n, err := s.room()
	return n > 0, err
}

// drained reports of a writing stream whether the partner has taken everything.
func (s *stream) drained() (bool, error) {
	n, err := s.room()
	return n == s.size, err
}

// move copies up to len(p) bytes between p and the ring and moves the index. It returns how many there were.
func (s *stream) move(p []byte) (int, error) {
	n, err := s.room()
	if err != nil {
		return 0, err
	}
	p = p[:min(len(p), int(n))]
	at := s.at % s.size
	first := min(len(p), int(s.size-at))
	done := s.copy(s.base+at, p[:first])
	if first < len(p) {
		done += s.copy(s.base, p[first:])
	}
	s.advance(done)
	return done, nil
}

func (s *stream) copy(off uint32, p []byte) int {
	if s.writes {
		return s.data.CopyIn(off, p)
	}
	return s.data.CopyOut(p, off)
}

// peek shows f what can be read without a gap.
func (s *stream) peek(f func(b []byte)) error {
	n, err := s.room()
	if err == nil {
		at := s.at % s.size
		s.data.Peek(s.base+at, int(min(n, s.size-at)), f)
	}
	return err
}

// skip passes over up to n bytes of what can be read.
func (s *stream) skip(n int) (int, error) {
	room, err := s.room()
	if err != nil {
		return 0, err
	}
	n = min(n, int(room))
	s.advance(n)
	return n, nil
}

// advance lets the partner see that n bytes have been moved.
func (s *stream) advance(n int) {
	if n > 0 {
		s.at += uint32(n)
		s.page.Store32(s.mine, s.at)
	}
}
