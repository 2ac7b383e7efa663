// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the other end does not take is done here: packets are cut into segments,
// checksums filled in. On the goroutine that sends.

package netif

import (
	"encoding/binary"

	"github.com/domlet/domlet/xen/grant"
)

// maxSegments is into how many one packet is cut: 64 KiB at any usual MTU. They
// are sent together or not at all, so this is also what there must be room for.
const maxSegments = minPages

// Bits of TCP's flags that not every segment has.
const (
	tcpFIN = 0x01
	tcpPSH = 0x08
	tcpCWR = 0x80
)

// shaper makes packets what the other end takes. What it returns is good until
// the next call.
type shaper struct {
	takes Features
	whole []byte   // a packet in one piece
	mem   []byte   // the segments' bytes
	list  []Packet // and they
}

// fits reports whether the other end takes a packet as it is.
func (s *shaper) fits(p *Packet) bool {
	t := &s.takes
	if p.Len() > grant.PageSize && !t.ScatterGather {
		return false
	}
	switch p.GSO.Kind {
	case TCP4:
		return t.TCP4
	case TCP6:
		return t.TCP6
	}
	return p.Checksum != Blank || t.Checksum4 && t.Checksum6
}

// cut returns what to send in place of a packet that does not fit. None: it is to
// be dropped, and why.
func (s *shaper) cut(p *Packet) ([]Packet, Drop) {
	s.whole = append(s.whole[:0], p.Data...)
	for _, b := range p.More {
		s.whole = append(s.whole, b...)
	}
	h, ok := parse(s.whole)
	if p.GSO.Kind != Whole {
		if !ok || h.proto != protoTCP || p.GSO.Size == 0 {
			return nil, OffloadDrop
		}
		return s.segment(p, h)
	}
	if len(s.whole) > grant.PageSize && !s.takes.ScatterGather {
		return nil, LengthDrop
	}
	return s.alone(p, h, ok)
}

// alone makes one packet, its checksum complete where the other end takes no
// blank one. The frame's family decides, which is known only here.
func (s *shaper) alone(p *Packet, h headers, ok bool) ([]Packet, Drop) {
	if !ok {
		return nil, OffloadDrop
	}
	q := Packet{Data: s.whole, Checksum: p.Checksum}
	if takes := h.v6 && s.takes.Checksum6 || !h.v6 && s.takes.Checksum4; !takes {
		h.complete(s.whole)
		q.Checksum = Validated
	}
	s.list = append(s.list[:0], q)
	return s.list, 0
}

// segment cuts a TCP packet.
func (s *shaper) segment(p *Packet, h headers) ([]Packet, Drop) {
	size, payload := int(p.GSO.Size), s.whole[h.payload:h.end]
	n := max(1, (len(payload)+size-1)/size)
	switch {
	case n > maxSegments:
		return nil, OffloadDrop
	case h.payload+size > grant.PageSize && !s.takes.ScatterGather:
		return nil, LengthDrop
	}
	if need := len(payload) + n*h.payload; cap(s.mem) < need {
		s.mem = make([]byte, need)
	}
	s.list = s.list[:0]
	rest := s.mem[:cap(s.mem)]
	for i := range n {
		b := payload[i*size : min((i+1)*size, len(payload))]
		f := rest[: h.payload+len(b) : h.payload+len(b)]
		rest = rest[len(f):]
		copy(f, s.whole[:h.payload])
		copy(f[h.payload:], b)
		h.renumber(f, i, i*size, i == n-1)
		s.list = append(s.list, Packet{Data: f, Checksum: Validated})
	}
	return s.list, 0
}

// renumber makes a copy of a packet's headers those of segment number i, whose
// payload begins that many bytes behind the packet's.
func (h headers) renumber(f []byte, i, offset int, last bool) {
	h.end = len(f)
	if h.v6 {
		binary.BigEndian.PutUint16(f[h.ip+4:], uint16(h.end-h.ip-40))
	} else {
		h.renumber4(f[h.ip:h.transport], i, h.end-h.ip)
	}
	tcp := f[h.transport:]
	binary.BigEndian.PutUint32(tcp[4:], binary.BigEndian.Uint32(tcp[4:])+uint32(offset))
	if i > 0 {
		tcp[13] &^= tcpCWR // the first segment tells it
	}
	if !last {
		tcp[13] &^= tcpFIN | tcpPSH
	}
	h.complete(f)
}

// renumber4 sets length, identification and checksum of an IPv4 header.
func (h headers) renumber4(ip []byte, i, length int) {
	binary.BigEndian.PutUint16(ip[2:], uint16(length))
	binary.BigEndian.PutUint16(ip[4:], binary.BigEndian.Uint16(ip[4:])+uint16(i))
	ip[10], ip[11] = 0, 0
	binary.BigEndian.PutUint16(ip[10:], ^sum(ip))
}
