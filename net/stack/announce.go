// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Telling the network where eth0's addresses are: a link that comes up again may be at
// another port of a bridge, or have another Ethernet address, and neighbours would
// send to the old one for minutes. On the goroutine that follows the link.

package stack

import (
	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
)

// announce sends, for each address, what a neighbour that knows it heeds (RFC 5227, 3;
// RFC 4861, 7.2.6). A packet that is lost makes nothing worse.
func (n *Network) announce(mac tcpip.LinkAddress) {
	for _, a := range n.s.NICInfo()[outsideNIC].ProtocolAddresses {
		address := a.AddressWithPrefix.Address
		if a.Protocol == ipv4.ProtocolNumber {
			n.s.WritePacketToRemote(outsideNIC, header.EthernetBroadcastAddress, header.ARPProtocolNumber,
				buffer.MakeWithData(claim4(address, mac)))
			continue
		}
		n.s.WritePacketToRemote(outsideNIC, header.EthernetAddressFromMulticastIPv6Address(header.IPv6AllNodesMulticastAddress),
			header.IPv6ProtocolNumber, buffer.MakeWithData(claim6(address, mac)))
	}
}

// claim4 is ARP's request for an address of one's own.
func claim4(own tcpip.Address, mac tcpip.LinkAddress) []byte {
	h := header.ARP(make([]byte, header.ARPSize))
	h.SetIPv4OverEthernet()
	h.SetOp(header.ARPRequest)
	copy(h.HardwareAddressSender(), mac)
	copy(h.ProtocolAddressSender(), own.AsSlice())
	copy(h.ProtocolAddressTarget(), own.AsSlice())
	return h
}

// claim6 is a neighbour advertisement that nobody asked for.
func claim6(own tcpip.Address, mac tcpip.LinkAddress) []byte {
	const options = 8 // the one with the Ethernet address
	b := make([]byte, header.IPv6MinimumSize+header.ICMPv6NeighborAdvertMinimumSize+options)
	header.IPv6(b).Encode(&header.IPv6Fields{
		PayloadLength: header.ICMPv6NeighborAdvertMinimumSize + options, TransportProtocol: header.ICMPv6ProtocolNumber,
		HopLimit: header.NDPHopLimit, SrcAddr: own, DstAddr: header.IPv6AllNodesMulticastAddress,
	})
	icmp := header.ICMPv6(b[header.IPv6MinimumSize:])
	icmp.SetType(header.ICMPv6NeighborAdvert)
	advert := header.NDPNeighborAdvert(icmp.MessageBody())
	advert.SetTargetAddress(own)
	advert.SetOverrideFlag(true)
	advert.Options().Serialize(header.NDPOptionsSerializer{header.NDPTargetLinkLayerAddressOption(mac)})
	icmp.SetChecksum(header.ICMPv6Checksum(header.ICMPv6ChecksumParams{
		Header: icmp, Src: own, Dst: header.IPv6AllNodesMulticastAddress,
	}))
	return b
}
