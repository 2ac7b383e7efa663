// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A packet as it goes over a link, and what its two ends may leave each other to
// do. Any goroutine.

package netif

// Limits of the protocol, in bytes.
const (
	// MaxPacket is the longest packet, Ethernet header included.
	MaxPacket = 0xffff
	// MinPacket is the shortest: an Ethernet header with nothing behind it.
	MinPacket = 14
)

// Packet is one Ethernet frame, without its trailing check sequence, and what is
// known of it beyond its bytes.
type Packet struct {
	// Data is the frame, or its beginning.
	Data []byte
	// More is the rest of a frame that is to be sent, in pieces behind Data. A
	// packet that was received has none.
	More [][]byte
	// Checksum says what the transport checksum in the frame is worth.
	Checksum Checksum
	// GSO says into what the frame is to be cut where it meets a network that does
	// not take it whole.
	GSO GSO
}

// Len returns the length of the frame in bytes.
func (p *Packet) Len() int {
	n := len(p.Data)
	for _, b := range p.More {
		n += len(b)
	}
	return n
}

// Checksum is the state of a packet's TCP or UDP checksum. What the peer says of
// it is the peer's word: a peer that is trusted with the packet's content may be
// trusted with this.
type Checksum uint8

const (
	// Complete: the checksum is in the packet, and nobody vouches for it.
	Complete Checksum = iota
	// Validated: it is in the packet, and was found right.
	Validated
	// Blank: only the sum of the pseudo header is in its place, not inverted; the
	// content is vouched for, and whoever puts it on a wire completes it. (Linux
	// calls this CHECKSUM_PARTIAL.)
	Blank
)

// GSO is generic segmentation offload: one packet that stands for many.
type GSO struct {
	Kind Segments
	// Size is the most payload of a segment in bytes: TCP's maximum segment size
	// without options. It is not 0 where Kind is not Whole.
	Size uint16
}

// Segments is what a packet is cut into. Its values are netif.h's
// XEN_NETIF_GSO_TYPE_.
type Segments uint8

// The kinds of segments.
const (
	Whole Segments = iota // the packet is not to be cut
	TCP4                  // TCP over IPv4
	TCP6                  // TCP over IPv6
)
