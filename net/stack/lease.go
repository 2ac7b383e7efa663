// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The DHCP client's messages on the link, and what a lease changes. On the
// client's goroutine; isDHCP on the pump's.

package stack

import (
	"context"
	"encoding/binary"
	"net"
	"slices"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"
)

const (
	dhcpServer = 67
	dhcpClient = 68
	dhcpTTL    = 64
)

// askForLease starts the client on eth0. The first lease is told to ready.
func (n *Network) askForLease(ctx context.Context, l *link, ready func()) {
	came := make(chan []byte, 8)
	l.dhcp.Store(&came)
	c := &client{
		mac:     func() net.HardwareAddr { return net.HardwareAddr(l.LinkAddress()) },
		send:    n.broadcast,
		receive: came,
		back:    l.back,
		apply: func(now, before *lease) {
			n.changeLease(now, before)
			ready()
		},
	}
	go c.run(ctx)
}

// returned tells the client that the link was down.
func (l *link) returned() {
	select {
	case l.back <- struct{}{}:
	default: // it will look as it is
	}
}

// broadcast sends a message of the client's to all servers. One that finds no
// room is lost, like any packet.
func (n *Network) broadcast(message []byte) {
	n.s.WritePacketToRemote(outsideNIC, header.EthernetBroadcastAddress, header.IPv4ProtocolNumber,
		buffer.MakeWithData(datagram(message)))
}

// datagram is a message in UDP and IPv4, from nobody to everybody.
func datagram(message []byte) []byte {
	const headers = header.IPv4MinimumSize + header.UDPMinimumSize
	b := make([]byte, headers+len(message))
	copy(b[headers:], message)
	ip := header.IPv4(b)
	ip.Encode(&header.IPv4Fields{
		TotalLength: uint16(len(b)), TTL: dhcpTTL, Protocol: uint8(header.UDPProtocolNumber),
		SrcAddr: header.IPv4Any, DstAddr: header.IPv4Broadcast,
	})
	ip.SetChecksum(^ip.CalculateChecksum())
	udp := header.UDP(b[header.IPv4MinimumSize:])
	length := uint16(len(udp))
	udp.Encode(&header.UDPFields{SrcPort: dhcpClient, DstPort: dhcpServer, Length: length})
	sum := header.PseudoHeaderChecksum(header.UDPProtocolNumber, header.IPv4Any, header.IPv4Broadcast, length)
	udp.SetChecksum(^udp.CalculateChecksum(checksum.Checksum(message, sum)))
	return b
}

// isDHCP returns the message for a DHCP client that a frame carries. The frame is
// anybody's.
func isDHCP(frame []byte) ([]byte, bool) {
	if len(frame) < header.EthernetMinimumSize || header.Ethernet(frame).Type() != header.IPv4ProtocolNumber {
		return nil, false
	}
	ip := header.IPv4(frame[header.EthernetMinimumSize:])
	if !ip.IsValid(len(ip)) || ip.TransportProtocol() != header.UDPProtocolNumber || ip.More() || ip.FragmentOffset() != 0 {
		return nil, false
	}
	udp := ip[ip.HeaderLength():ip.TotalLength()]
	if len(udp) < header.UDPMinimumSize || binary.BigEndian.Uint16(udp[2:]) != dhcpClient {
		return nil, false
	}
	n := int(header.UDP(udp).Length())
	if n < header.UDPMinimumSize || n > len(udp) {
		return nil, false
	}
	return udp[header.UDPMinimumSize:n], true
}

// changeLease makes the addresses and routes those of a lease, and undoes those of
// the one before.
func (n *Network) changeLease(now, before *lease) {
	if now != nil && before != nil && now.prefix == before.prefix && now.router == before.router {
		if !slices.Equal(now.servers, before.servers) {
			n.resolve(now.servers)
		}
		return
	}
	if before != nil {
		n.s.RemoveAddress(outsideNIC, addressOf(before.prefix.Addr()))
		n.removeRoute(tcpip.Route{Destination: subnet(before.prefix.Masked()), NIC: outsideNIC})
		if before.router.IsValid() {
			n.removeRoute(tcpip.Route{Destination: header.IPv4EmptySubnet, Gateway: addressOf(before.router), NIC: outsideNIC})
		}
	}
	if now == nil {
		return
	}
	if n.addAddress(now.prefix) == nil && now.router.IsValid() {
		n.addGateway(now.router)
	}
	n.resolve(now.servers)
}

// removeRoute takes a route away, once: where there are two alike, the other is of
// what was written down.
func (n *Network) removeRoute(route tcpip.Route) {
	gone := false
	n.s.RemoveRoutes(func(r tcpip.Route) bool {
		if gone || !r.Equal(route) || r.Gateway != route.Gateway {
			return false
		}
		gone = true
		return true
	})
}
