// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How many queues an interface has, and by which of them a packet goes. Any
// goroutine.

package stack

import (
	"gvisor.dev/gvisor/pkg/tcpip/hash/jenkins"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"

	"github.com/domlet/domlet/net/netif"
)

const (
	// mostQueues is how many queues are worth their memory.
	mostQueues = 8
	// memoryOfQueue is how much memory, in bytes, a domain has for each queue of the
	// usual size, which takes 2 MiB.
	memoryOfQueue = 32 << 20
)

// configFor is the interface of a domain with so many processors, whose program may use
// so many bytes. Where they are few, so are the pages of its one queue.
func configFor(processors int, limit int64) netif.Config {
	if limit < memoryOfQueue {
		return netif.Config{ReceivePages: 128, TransmitPages: 64}
	}
	return netif.Config{Queues: queuesFor(processors, limit), ReceivePages: 256, TransmitPages: 256}
}

// queuesFor is how many queues a domain with so many processors asks for, whose
// program may use so many bytes: each processor can send and receive by its own.
func queuesFor(processors int, limit int64) int {
	return int(max(1, min(int64(processors), mostQueues, limit/memoryOfQueue)))
}

// flow makes a number of what all packets of a flow have in common: addresses and,
// of UDP, ports. Pieces of a cut datagram have no ports but in the first.
func flow(pkt *stack.PacketBuffer) uint32 {
	h, ip := jenkins.Sum32(0), pkt.NetworkHeader().Slice()
	switch {
	case pkt.NetworkProtocolNumber == header.IPv4ProtocolNumber && len(ip) >= header.IPv4MinimumSize:
		h.Write(ip[12:20])
	case pkt.NetworkProtocolNumber == header.IPv6ProtocolNumber && len(ip) >= header.IPv6MinimumSize:
		h.Write(ip[8:40])
	}
	if ports := pkt.TransportHeader().Slice(); pkt.TransportProtocolNumber == header.UDPProtocolNumber && len(ports) >= 4 {
		h.Write(ports[:4])
	}
	return h.Sum32()
}
