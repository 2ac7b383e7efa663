// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Where the headers of a frame lie, as far as offloads need it, and sums over
// them. Any goroutine.

package netif

import (
	"encoding/binary"
	"math/bits"
)

// Numbers of the protocols that have a checksum to fill in (IANA).
const (
	protoTCP = 6
	protoUDP = 17
)

// headers says where things are in a frame, in bytes from its start. All of it
// lies within the frame.
type headers struct {
	v6        bool
	proto     byte
	ip        int // the IP header
	transport int // the TCP or UDP header
	payload   int // what is behind that
	end       int // of the IP packet; a short frame is padded behind it
}

// parse finds the headers of a whole TCP or UDP packet. False: it is none, or one
// in fragments, or its lengths do not fit the frame.
func parse(f []byte) (h headers, ok bool) {
	kind, at := etherType(f)
	h.ip = at
	switch kind {
	case 0x0800:
		ok = h.parse4(f)
	case 0x86dd:
		h.v6 = true
		ok = h.parse6(f)
	}
	return h, ok && h.parseTransport(f)
}

// etherType returns a frame's type and where what it announces begins, behind up
// to two VLAN tags.
func etherType(f []byte) (kind uint16, at int) {
	at = MinPacket
	for range 3 {
		if len(f) < at {
			break
		}
		kind = binary.BigEndian.Uint16(f[at-2:])
		if kind != 0x8100 && kind != 0x88a8 {
			return kind, at
		}
		at += 4
	}
	return 0, at
}

func (h *headers) parse4(f []byte) bool {
	b := f[h.ip:]
	if len(b) < 20 || b[0]>>4 != 4 {
		return false
	}
	length := int(binary.BigEndian.Uint16(b[2:]))
	header := int(b[0]&15) * 4
	fragment := binary.BigEndian.Uint16(b[6:]) & 0x3fff // more to come, or an offset
	h.proto, h.transport, h.end = b[9], h.ip+header, h.ip+length
	return header >= 20 && header <= length && length <= len(b) && fragment == 0
}

// parse6 passes over the extension headers that may stand before TCP and UDP:
// hop-by-hop, routing, destination options.
func (h *headers) parse6(f []byte) bool {
	b := f[h.ip:]
	if len(b) < 40 || b[0]>>4 != 6 {
		return false
	}
	h.end = h.ip + 40 + int(binary.BigEndian.Uint16(b[4:]))
	h.proto, h.transport = b[6], h.ip+40
	if h.end > len(f) {
		return false
	}
	for h.proto == 0 || h.proto == 43 || h.proto == 60 {
		if h.transport+8 > h.end {
			return false
		}
		h.proto, h.transport = f[h.transport], h.transport+8+8*int(f[h.transport+1])
	}
	return h.transport <= h.end
}

func (h *headers) parseTransport(f []byte) bool {
	b := f[h.transport:h.end]
	switch h.proto {
	case protoTCP:
		if len(b) < 20 {
			return false
		}
		header := int(b[12]>>4) * 4
		h.payload = h.transport + header
		return header >= 20 && header <= len(b)
	case protoUDP:
		h.payload = h.transport + 8
		return len(b) >= 8
	}
	return false
}

// field is where the transport checksum stands.
func (h *headers) field() int {
	if h.proto == protoTCP {
		return h.transport + 16
	}
	return h.transport + 6
}

// pseudo sums up the pseudo header of a packet of that many bytes from its
// transport header on.
func (h *headers) pseudo(f []byte, length int) uint16 {
	addresses := f[h.ip+12 : h.ip+20]
	if h.v6 {
		addresses = f[h.ip+8 : h.ip+40]
	}
	return add(add(sum(addresses), uint16(h.proto)), add(uint16(length>>16), uint16(length)))
}

// complete fills in the transport checksum. What stood in its place does not
// count: whoever sent it may have been careless about the pseudo header.
func (h *headers) complete(f []byte) {
	field := f[h.field():][:2]
	field[0], field[1] = 0, 0
	c := ^add(h.pseudo(f, h.end-h.transport), sum(f[h.transport:h.end]))
	if c == 0 && h.proto == protoUDP {
		c = 0xffff // 0 would mean that there is none (RFC 768)
	}
	binary.BigEndian.PutUint16(field, c)
}

// sum is the ones' complement sum of the Internet checksum (RFC 1071).
func sum(b []byte) uint16 {
	var s, carry uint64
	for ; len(b) >= 8; b = b[8:] {
		s, carry = bits.Add64(s, binary.BigEndian.Uint64(b), carry)
	}
	var last [8]byte
	copy(last[:], b)
	s, carry = bits.Add64(s, binary.BigEndian.Uint64(last[:]), carry)
	s, carry = bits.Add64(s, 0, carry)
	return fold(s + carry)
}

func fold(s uint64) uint16 {
	s = s>>32 + s&0xffffffff
	s = s>>32 + s&0xffffffff
	s = s>>16 + s&0xffff
	s = s>>16 + s&0xffff
	return uint16(s>>16 + s&0xffff)
}

// add adds two sums.
func add(a, b uint16) uint16 {
	s := uint32(a) + uint32(b)
	return uint16(s>>16 + s&0xffff)
}
