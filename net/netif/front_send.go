// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The frontend's ring to the backend: pages that stay granted, filled and taken
// back. On the goroutine that sends.

package netif

import (
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/ring"
)

// use is what a page is used for.
type use uint8

const (
	unused  use = iota
	leads       // it has a packet's first piece
	follows     // it has another
)

// frontSlots is the frontend's end of the ring to the backend. A page's number is
// the id of the request that has it.
type frontSlots struct {
	ring   *ring.Front
	pages  []*grant.Shared
	uses   []use
	free   []uint16
	extras int // slots with extra information under way
	count  *counters
	rest   cursor // what is left to copy of a packet
	begin  int    // where it begins in its first page
	b      [txSlot]byte
}

func newFrontSlots(r *ring.Front, pages []*grant.Shared, count *counters) *frontSlots {
	s := &frontSlots{ring: r, pages: pages, uses: make([]use, len(pages)), free: make([]uint16, 0, len(pages)), count: count}
	for id := range pages {
		s.free = append(s.free, uint16(id))
	}
	return s
}

func (s *frontSlots) fits(pieces, extras int) bool {
	return pieces <= len(s.free) && pieces+extras <= s.ring.Free()
}

// room takes pages back only when they are needed.
func (s *frontSlots) room(pieces, extras int) (bool, error) {
	if s.fits(pieces, extras) {
		return true, nil
	}
	err := s.reclaim()
	return s.fits(pieces, extras), err
}

// reclaim takes back what the backend is done with.
func (s *frontSlots) reclaim() error {
	for {
		ok, err := s.ring.Take(s.b[:])
		if !ok || err != nil {
			return err
		}
		if err := s.done(readTxResponse(s.b[:])); err != nil {
			return err
		}
	}
}

// done frees the page of a request that was answered. One that is not under way,
// or was answered before, the backend cannot mean (XSA-396).
func (s *frontSlots) done(r txResponse) error {
	if r.status == abi.NETIF_RSP_NULL {
		if s.extras == 0 {
			return errAnswer
		}
		s.extras--
		return nil
	}
	if int(r.id) >= len(s.uses) || s.uses[r.id] == unused {
		return errAnswer
	}
	if r.status != abi.NETIF_RSP_OKAY && s.uses[r.id] == leads {
		s.count.drop(RefusedDrop)
	}
	s.uses[r.id] = unused
	s.free = append(s.free, uint16(r.id))
	return nil
}

// txMarks are the bits of the ring to the backend.
func txMarks() marks {
	return marks{abi.NETTXF_csum_blank, abi.NETTXF_data_validated, abi.NETTXF_more_data, abi.NETTXF_extra_info}
}

// word is what a processor copies at once at its fastest, in bytes, where both ends of a
// copy are aligned to it.
const word = 8

// lead has what is behind the headers lie at a multiple of a word: there it lies in the
// memory that it comes from.
func (s *frontSlots) lead(p *Packet) int {
	if len(p.More) == 0 {
		return 0
	}
	return -len(p.Data) & (word - 1)
}

func (s *frontSlots) put(p *Packet) error {
	s.rest, s.begin = cursor{p.Data, p.More}, s.lead(p)
	return lay(s, p, s.begin, txMarks())
}

// putPiece copies the next n bytes into a page and puts the request for it. The first
// has the size of the whole.
func (s *frontSlots) putPiece(n int, flags uint16, first bool, total int) error {
	id := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	page, begin, size := s.pages[id], 0, n
	s.uses[id] = follows
	if first {
		s.uses[id], begin, size = leads, s.begin, total
	}
	for at := 0; at < n; {
		b := s.rest.next(n - at)
		page.Memory().CopyIn(uint32(begin+at), b)
		at += len(b)
	}
	putTxRequest(s.b[:], uint32(page.Refs()[0]), begin, flags, id, size)
	return s.ring.Put(s.b[:])
}

func (s *frontSlots) putExtra(g GSO) error {
	s.extras++
	putGSO(s.b[:], g)
	return s.ring.Put(s.b[:])
}

// flush has nothing to do but to forget: put copies.
func (s *frontSlots) flush() error {
	s.rest = cursor{}
	return nil
}

func (s *frontSlots) push() (notify bool) { return s.ring.Push() }

// await asks for an event when half of what is under way is done: one for each
// answer would be many, and one for the last would leave the backend idle.
func (s *frontSlots) await(pieces, extras int) (bool, error) {
	for {
		if ok, err := s.room(pieces, extras); ok || err != nil {
			return ok, err
		}
		enough, err := s.ring.Await(max(1, s.ring.Underway()/2))
		if !enough || err != nil {
			return false, err
		}
	}
}
