// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What is known of a link, and counted. Any goroutine.

package netif

import "fmt"

// MAC is an Ethernet address.
type MAC [6]byte

// String returns the address as xenstore has it.
func (m MAC) String() string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5])
}

// Features are what one end takes from the other.
type Features struct {
	ScatterGather bool // packets in more than one page, so longer than 4096 bytes
	TCP4, TCP6    bool // packets that stand for many segments, over IPv4 and IPv6
	Checksum4     bool // Blank checksums over IPv4
	Checksum6     bool // and over IPv6
}

// AllFeatures are all that this package knows.
func AllFeatures() Features { return Features{true, true, true, true, true} }

// Info is a link as it stands.
type Info struct {
	// Up: packets can be sent and received. A link that is not up may come up
	// again, with other values of what follows.
	Up bool
	// MAC is the frontend's address, whichever end this is.
	MAC MAC
	// MTU is the longest payload of a frame in bytes, 1500 unless the toolstack
	// says something else.
	MTU int
	// Peer is what the other end takes. What it does not take is done here before a
	// packet is sent, so this only says what costs time.
	Peer Features
	// Queues is how many queues are in use.
	Queues int
	// Err is why the link is not up, where an end did something wrong.
	Err error
}

// Drop is why a packet, or a part of one, was thrown away.
type Drop uint8

// The reasons. The first group is of packets to be sent.
const (
	DownDrop    Drop = iota // the link is not up
	LengthDrop              // shorter than MinPacket, longer than MaxPacket, or than the other end takes
	OffloadDrop             // the other end takes no such packet, and its headers cannot be read
	RefusedDrop             // the other end's page is not granted to us, or ours was not taken

	ShortDrop  // received: shorter than MinPacket
	SizeDrop   // received: the sizes of its pieces are not those of the whole
	FailedDrop // received: the other end says that it failed
	CopyDrop   // received: its page is not granted to us
	MemoryDrop // received: the caller had no memory for it
	Drops      // how many reasons there are
)

// String names the reason.
func (d Drop) String() string {
	names := [Drops]string{"link down", "length to send", "offload to send", "refused", "too short", "sizes", "failed", "not granted", "no memory"}
	if d >= Drops {
		return fmt.Sprintf("Drop(%d)", uint8(d))
	}
	return names[d]
}

// Stats counts since the link was opened.
type Stats struct {
	Sent, Received           uint64 // packets
	SentBytes, ReceivedBytes uint64
	Notifications            uint64 // events sent to the other end
	Events                   uint64 // times that a caller waited and was woken
	Connections              uint64 // times that the link came up
	Violations               uint64 // times that it was given up because the other end broke the protocol
	Dropped                  [Drops]uint64
}
