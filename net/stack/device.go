// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The interface to the outside: bringing it up, its addresses and routes. Any
// goroutine.

package stack

import (
	"fmt"
	"net/netip"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/qdisc/fifo"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

const (
	// outsideNIC is the number of the interface eth0.
	outsideNIC = 2
	// sendQueue is how many packets wait for room in each ring before more are
	// dropped (Linux's txqueuelen).
	sendQueue = 1000
)

// add makes a link the interface eth0 and gives it the addresses that were written
// down. IPv6 has a link-local address besides, and what routers announce.
func (n *Network) add(l *link, s Settings) error {
	go n.router.run(n.s)
	options := stack.NICOptions{Name: "eth0", QDisc: fifo.New(l, l.wire.Queues(), sendQueue), Disabled: true}
	if err := n.s.CreateNICWithOptions(outsideNIC, l, options); err != nil {
		return fmt.Errorf("net/stack: interface eth0: %s", err)
	}
	n.eth0.Store(l)
	if err := n.enable(); err != nil {
		return fmt.Errorf("net/stack: interface eth0: %s", err)
	}
	for _, p := range []string{"fe80::/64", "ff00::/8", "224.0.0.0/4"} {
		n.s.AddRoute(tcpip.Route{Destination: subnet(netip.MustParsePrefix(p)), NIC: outsideNIC})
	}
	for _, p := range s.Addresses {
		if err := n.addAddress(p); err != nil {
			return err
		}
	}
	for _, g := range s.Gateways {
		n.addGateway(g)
	}
	return nil
}

// enable switches eth0 on, with IPv6's search for duplicates of its addresses,
// which the loopback interface does without.
func (n *Network) enable() tcpip.Error {
	ep, err := n.s.GetNetworkEndpoint(outsideNIC, ipv6.ProtocolNumber)
	if err != nil {
		return err
	}
	if d, ok := ep.(stack.DuplicateAddressDetector); ok {
		d.SetDADConfigurations(stack.DefaultDADConfigurations())
	}
	return n.s.EnableNIC(outsideNIC)
}

// addAddress gives eth0 an address, and the way to its network.
func (n *Network) addAddress(p netip.Prefix) error {
	a := tcpip.ProtocolAddress{
		Protocol:          protocolOf(p.Addr()),
		AddressWithPrefix: tcpip.AddressWithPrefix{Address: addressOf(p.Addr()), PrefixLen: p.Bits()},
	}
	if err := n.s.AddProtocolAddress(outsideNIC, a, stack.AddressProperties{}); err != nil {
		return fmt.Errorf("net/stack: %v on eth0: %s", p, err)
	}
	n.s.AddRoute(tcpip.Route{Destination: subnet(p.Masked()), NIC: outsideNIC})
	return nil
}

// addGateway makes a router the way to everywhere else.
func (n *Network) addGateway(g netip.Addr) {
	everywhere := header.IPv4EmptySubnet
	if g.Is6() {
		everywhere = header.IPv6EmptySubnet
	}
	n.s.AddRoute(tcpip.Route{Destination: everywhere, Gateway: addressOf(g), NIC: outsideNIC})
}

// addressOf is an address as gVisor has it.
func addressOf(a netip.Addr) tcpip.Address { return tcpip.AddrFromSlice(a.AsSlice()) }

// protocolOf is the protocol an address belongs to.
func protocolOf(a netip.Addr) tcpip.NetworkProtocolNumber {
	if a.Is4() {
		return ipv4.ProtocolNumber
	}
	return ipv6.ProtocolNumber
}

// subnet is a network as gVisor has it.
func subnet(p netip.Prefix) tcpip.Subnet {
	return tcpip.AddressWithPrefix{Address: addressOf(p.Addr()), PrefixLen: p.Bits()}.Subnet()
}
