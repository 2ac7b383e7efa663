// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Rings of bytes that must not stay in memory. Portable; one goroutine at a time
// for each end.

package ring

// Overwrite has the end that reads put zeros in the place of bytes that it has
// read, before the other end may use that place. The memory must be writable. The
// end that writes cannot know when its bytes are read: see WipeRead.
//
// Either end then copies byte by byte. The copy built into Go goes through vector
// registers, 32 bytes and more at a time, and a goroutine that is stopped in the
// middle of it leaves them in memory, where nobody overwrites them.
func (s *Stream) Overwrite() { s.wipes = true }

// carry copies between p and the ring like copy, byte by byte.
func (s *Stream) carry(at uint32, p []byte) (n int) {
	s.place.Data.Peek(s.place.Base+at, len(p), func(b []byte) {
		to, from := p, b
		if s.writes {
			to, from = b, p
		}
		for n = range min(len(to), len(from)) {
			to[n] = from[n]
		}
		n = min(len(to), len(from))
	})
	return n
}

// Wipe puts zeros over the whole ring, read or not. The caller knows that nobody
// writes to it now. The end that writes takes back what was not read, so that zeros
// are not taken for data.
func (s *Stream) Wipe() {
	if n, err := s.Room(); s.writes && err == nil {
		s.at -= s.place.Size - n
		s.place.Index.Store32(s.mine, s.at)
	}
	s.blank(0, s.place.Size)
}

// WipeRead has the end that writes put zeros over all that the other end has read.
func (s *Stream) WipeRead() error {
	n, err := s.Room()
	if err == nil {
		s.blank(s.at, n)
	}
	return err
}

// blank puts zeros over n bytes from an index on.
func (s *Stream) blank(at, n uint32) {
	at &= s.place.Size - 1
	first := min(n, s.place.Size-at)
	s.zero(at, first)
	if n > first {
		s.zero(0, n-first)
	}
}

func (s *Stream) zero(at, n uint32) {
	s.place.Data.Peek(s.place.Base+at, int(n), func(b []byte) { clear(b) })
}
