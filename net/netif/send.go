// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Sending, as far as both ends do it alike. On the goroutine that sends.

package netif

import "github.com/domlet/domlet/xen/grant"

// slots is a ring that packets are put into, at either end.
type slots interface {
	// lead is how far from the beginning of its first page a packet begins.
	lead(p *Packet) int
	// room reports whether a packet of that many pieces fits, with extra information
	// in a slot of its own or without.
	room(pieces, extras int) (bool, error)
	// put puts a packet for which there is room.
	put(p *Packet) error
	// flush is done with the memory of the packets that were put.
	flush() error
	// push lets the other end see them.
	push() (notify bool)
	// await asks for an event when there may be room. True: there is now.
	await(pieces, extras int) (bool, error)
}

// sender is the half that sends.
type sender struct {
	out    slots
	shape  shaper
	count  *counters
	pieces int // of the packet that found no room last
	extras int

	packets, bytes uint64 // sent, and not yet counted
}

func newSender(out slots, takes Features, count *counters) *sender {
	return &sender{out: out, shape: shaper{takes: takes}, count: count, pieces: 1}
}

// move sends packets until one finds no room.
func (s *sender) move(batch []Packet, _ func(int) []byte) (n int, notify bool, err error) {
	ok := true
	for ok && n < len(batch) && err == nil {
		if ok, err = s.send(&batch[n]); ok {
			n++
		}
	}
	s.count.sent.Add(s.packets)
	s.count.sentBytes.Add(s.bytes)
	s.packets, s.bytes = 0, 0
	if lost := s.out.flush(); err == nil {
		err = lost
	}
	return n, s.out.push(), err
}

// send sends one packet, in as many as the other end needs. False: there is no
// room for all of them.
func (s *sender) send(p *Packet) (bool, error) {
	if p.Len() < MinPacket || p.Len() > MaxPacket {
		s.count.drop(LengthDrop)
		return true, nil
	}
	if s.shape.fits(p) {
		return s.sendAll(p, p, nil)
	}
	if err := s.out.flush(); err != nil { // the memory in which it is shaped is used again
		return false, err
	}
	list, why := s.shape.cut(p)
	if len(list) == 0 {
		s.count.drop(why)
		return true, nil
	}
	return s.sendAll(p, &list[0], list[1:])
}

// sendAll puts packet p, or the first and the rest of those that it became.
func (s *sender) sendAll(p, first *Packet, rest []Packet) (bool, error) {
	pieces, extras := s.need(first)
	for i := range rest {
		n, _ := s.need(&rest[i])
		pieces += n
	}
	s.pieces, s.extras = pieces, extras
	if ok, err := s.out.room(pieces, extras); !ok || err != nil {
		return false, err
	}
	s.pieces, s.extras = 1, 0
	err := s.out.put(first)
	for i := 0; i < len(rest) && err == nil; i++ {
		err = s.out.put(&rest[i])
	}
	s.packets++
	s.bytes += uint64(p.Len())
	return err == nil, err
}

// need is how many slots a packet takes: with bytes, and with extra information.
func (s *sender) need(p *Packet) (pieces, extras int) {
	pieces = (s.out.lead(p) + p.Len() + grant.PageSize - 1) / grant.PageSize
	if p.GSO.Kind != Whole {
		extras = 1
	}
	return pieces, extras
}

func (s *sender) await() (bool, error) { return s.out.await(s.pieces, s.extras) }

// marks are the bits of a ring's slots that say of a packet what both rings know.
type marks struct{ blank, validated, more, extra uint16 }

// of are those of a packet's first slot that do not depend on its length.
func (m marks) of(p *Packet) (flags uint16) {
	switch p.Checksum {
	case Blank:
		flags = m.blank | m.validated
	case Validated:
		flags = m.validated
	}
	if p.GSO.Kind != Whole {
		flags |= m.extra
	}
	return flags
}

// layer puts what is to stand in one slot.
type layer interface {
	// putPiece puts the next n bytes of a packet of total bytes.
	putPiece(n int, flags uint16, first bool, total int) error
	putExtra(g GSO) error
}

// lay puts a packet in pieces that fill pages but for the first lead bytes, and behind
// the first of them what it has of extra information.
func lay(l layer, p *Packet, lead int, m marks) error {
	flags, total, room := m.of(p), p.Len(), grant.PageSize-lead
	for at := 0; at < total; {
		n, first := min(total-at, room), at == 0
		if at += n; at < total {
			flags |= m.more
		}
		room = grant.PageSize
		if err := l.putPiece(n, flags, first, total); err != nil {
			return err
		}
		if flags&m.extra != 0 {
			if err := l.putExtra(p.GSO); err != nil {
				return err
			}
		}
		flags = 0
	}
	return nil
}

// cursor goes through a packet's bytes.
type cursor struct {
	rest []byte
	more [][]byte
}

// next returns the next bytes that lie beside each other, at most that many; the
// caller knows that there are some.
func (c *cursor) next(most int) []byte {
	for len(c.rest) == 0 {
		c.rest, c.more = c.more[0], c.more[1:]
	}
	b := c.rest[:min(most, len(c.rest))]
	c.rest = c.rest[len(b):]
	return b
}
