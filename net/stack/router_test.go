// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What an IPv6 router announces at the other end of a cable. Host only.

package stack

import (
	"net/netip"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/domlet/domlet/net/netif"
)

// advert is a router's announcement (RFC 4861, 4.2) of itself for so many seconds,
// and of the network fd01::/64, in which domains make addresses of their own.
func advert(seconds byte) netif.Packet {
	prefix := make(header.NDPPrefixInformation, 30)
	prefix[0], prefix[1] = 64, 0xc0 // on the link, and for addresses
	for _, i := range []int{5, 9} {
		prefix[i] = 200 // seconds valid and preferred
	}
	copy(prefix[14:], netip.MustParseAddr("fd01::").AsSlice())
	options := header.NDPOptionsSerializer{prefix}
	message := make([]byte, header.ICMPv6HeaderSize+header.NDPRAMinimumSize+options.Length())
	icmp := header.ICMPv6(message)
	icmp.SetType(header.ICMPv6RouterAdvert)
	message[7] = seconds
	header.NDPRouterAdvert(icmp.MessageBody()).Options().Serialize(options)
	from, to := addressOf(netip.MustParseAddr("fe80::99")), header.IPv6AllNodesMulticastAddress
	icmp.SetChecksum(header.ICMPv6Checksum(header.ICMPv6ChecksumParams{Header: icmp, Src: from, Dst: to}))
	b := make([]byte, header.EthernetMinimumSize+header.IPv6MinimumSize, 200)
	header.Ethernet(b).Encode(&header.EthernetFields{
		SrcAddr: "\x00\x16\x3e\x00\x00\x99", DstAddr: header.EthernetAddressFromMulticastIPv6Address(to), Type: header.IPv6ProtocolNumber,
	})
	header.IPv6(b[header.EthernetMinimumSize:]).Encode(&header.IPv6Fields{
		PayloadLength: uint16(len(message)), TransportProtocol: header.ICMPv6ProtocolNumber, HopLimit: header.NDPHopLimit, SrcAddr: from, DstAddr: to,
	})
	return netif.Packet{Data: append(b, message...)}
}

// TestRouterAnnounces: a domain makes itself an address in the announced network,
// and has the router as its way elsewhere until that says it is none.
func TestRouterAnnounces(t *testing.T) {
	a, b := cable(0)
	n, _ := wired(t, a, 2, "10.0.0.1/24")
	b.Transmit(0, []netif.Packet{advert(100)})
	settled(t, n, netip.MustParseAddr("fd01::216:3eff:fe00:2"))
	router := tcpip.Route{Destination: header.IPv6EmptySubnet, Gateway: addressOf(netip.MustParseAddr("fe80::99")), NIC: outsideNIC}
	routed(t, n, router, true)
	routed(t, n, tcpip.Route{Destination: subnet(netip.MustParsePrefix("fd01::/64")), NIC: outsideNIC}, true)
	b.Transmit(0, []netif.Packet{advert(0)})
	routed(t, n, router, false)
	b.pull()
}

// routed waits until a route is there, or is gone.
func routed(t *testing.T, n *Network, route tcpip.Route, want bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		there := false
		for _, r := range n.s.GetRouteTable() {
			there = there || r.Destination == route.Destination && r.Gateway == route.Gateway && r.NIC == route.NIC
		}
		if there == want {
			return
		}
	}
	t.Errorf("after two minutes the routes are %v", n.s.GetRouteTable())
}
