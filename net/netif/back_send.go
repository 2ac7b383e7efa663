// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The backend's end of the ring to the frontend: Xen copies packets into pages
// that the frontend offered. On the goroutine that sends.

package netif

import (
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/ring"
)

// answer is what will be said in one slot.
type answer struct {
	id    uint16
	flags uint16
	bytes int
	ops   int // how many copies fill it
	first bool
	extra bool // the slot has gso instead
	gso   GSO
}

// backSlots is the backend's end of the ring to the frontend. Each request that is
// taken is answered in its turn, and so in its own slot.
type backSlots struct {
	ring    *ring.Back
	grants  grant.Table
	peer    abi.Domid_t
	count   *counters
	ops     []grant.CopyOp
	answers []answer
	rest    cursor // what is left to copy of a packet
	b       [rxSlot]byte
}

func newBackSlots(r *ring.Back, grants grant.Table, peer abi.Domid_t, count *counters) *backSlots {
	return &backSlots{
		ring: r, grants: grants, peer: peer, count: count,
		ops: make([]grant.CopyOp, 0, 2*r.Slots()), answers: make([]answer, 0, r.Slots()),
	}
}

func (s *backSlots) room(pieces, extras int) (bool, error) {
	n, err := s.ring.Waiting()
	return n >= pieces+extras, err
}

// lead: Xen copies, and to the beginning of a page, where frontends look for it.
func (s *backSlots) lead(*Packet) int { return 0 }

// rxMarks are the bits of the ring to the frontend.
func rxMarks() marks {
	return marks{abi.NETRXF_csum_blank, abi.NETRXF_data_validated, abi.NETRXF_more_data, abi.NETRXF_extra_info}
}

// put takes the frontend's pages for a packet. They are filled by flush.
func (s *backSlots) put(p *Packet) error {
	s.rest = cursor{p.Data, p.More}
	return lay(s, p, 0, rxMarks())
}

// putPiece notes what fills the next page that was offered.
func (s *backSlots) putPiece(n int, flags uint16, first bool, _ int) error {
	if err := next(s.ring, s.b[:]); err != nil {
		return err
	}
	q := readRxRequest(s.b[:])
	a := answer{id: uint16(q.id), flags: flags, bytes: n, first: first}
	for at := 0; at < n; a.ops++ {
		b := s.rest.next(n - at)
		s.ops = append(s.ops, grant.CopyOp{Peer: s.peer, Ref: grant.Ref(q.ref), Offset: uint32(at), Data: b, Write: true})
		at += len(b)
	}
	s.answers = append(s.answers, a)
	return nil
}

// putExtra takes a request for its slot alone.
func (s *backSlots) putExtra(g GSO) error {
	if err := next(s.ring, s.b[:]); err != nil {
		return err
	}
	s.answers = append(s.answers, answer{extra: true, gso: g})
	return nil
}

// flush has Xen copy, and answers. A frontend whose page cannot be written gets an
// error in its slot, by which it drops the packet.
func (s *backSlots) flush() error {
	s.grants.Copy(s.ops) // each has an error of its own
	ops, dropped := s.ops, false
	var err error
	for i := 0; i < len(s.answers) && err == nil; i++ {
		a := &s.answers[i]
		status := int16(a.bytes)
		if a.first {
			dropped = false
		}
		if failed(ops[:a.ops]) {
			status = abi.NETIF_RSP_ERROR
			if !dropped {
				s.count.drop(RefusedDrop)
			}
			dropped = true
		}
		ops = ops[a.ops:]
		err = s.respond(a, status)
	}
	clear(s.ops) // no memory of the caller's is held
	s.ops, s.answers, s.rest = s.ops[:0], s.answers[:0], cursor{}
	return err
}

func (s *backSlots) respond(a *answer, status int16) error {
	if a.extra {
		putGSO(s.b[:], a.gso)
	} else {
		putRxResponse(s.b[:], a.id, a.flags, status)
	}
	return s.ring.Put(s.b[:])
}

func (s *backSlots) push() (notify bool) { return s.ring.Push() }

func (s *backSlots) await(pieces, extras int) (bool, error) { return s.ring.Await(pieces + extras) }
