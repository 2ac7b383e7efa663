// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Making the stack and its loopback interface. Runs on the goroutine of the
// program's first call about a socket.

package stack

import (
	"cmp"
	"fmt"
	"slices"
	"sync/atomic"

	"gvisor.dev/gvisor/pkg/log"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/loopback"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/raw"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"

	"github.com/domlet/domlet/rt/posix"
)

// How much a socket of datagrams may have on its way to the link, in bytes. As much as
// is usual here, in datagrams of the smallest size, fits the queue before the link:
// whoever sends too fast waits, and loses nothing.
const (
	leastDatagrams = 4 << 10
	usualDatagrams = 64 << 10
	mostDatagrams  = 4 << 20
)

// loopbackNIC is the number of the interface lo, as on Linux.
const loopbackNIC = 1

// Network is a domain's network.
type Network struct {
	s       *stack.Stack
	router  *router
	write   func(path string, text []byte) // writes a file of the program's; nil: there are none
	eth0    atomic.Pointer[link]           // nil while there is none
	backlog int                            // connections that may wait at a listener
}

// New makes a network that has the loopback interface. Its connections wait in so much
// of the memory as limit bytes allow.
func New(limit int64) (*Network, error) {
	log.SetLevel(log.Warning) // below it, what peers send could fill the console
	r := newRouter()
	v6 := ipv6.NewProtocolWithOptions(ipv6.Options{
		NDPConfigs:       ipv6.DefaultNDPConfigurations(),
		NDPDisp:          r,
		AutoGenLinkLocal: true,
	})
	n := &Network{router: r, backlog: backlog(limit), s: stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, v6, arp.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocolCUBIC, udp.NewProtocol, icmp.NewProtocol4, icmp.NewProtocol6},
		RawFactory:         raw.EndpointFactory{},
		HandleLocal:        true,
	})}
	if err := n.tune(limit); err != nil {
		return nil, err
	}
	if err := n.addLoopback(); err != nil {
		return nil, err
	}
	return n, nil
}

// tune sets what gVisor leaves off, or sets otherwise than Linux.
func (n *Network) tune(limit int64) error {
	sack, recovery, moderate := tcpip.TCPSACKEnabled(true), tcpip.TCPRecovery(tcpip.TCPRACKLossDetection), tcpip.TCPModerateReceiveBufferOption(true)
	for _, option := range []tcpip.SettableTransportProtocolOption{&sack, &recovery, &moderate} {
		if err := n.s.SetTransportProtocolOption(tcp.ProtocolNumber, option); err != nil {
			return fmt.Errorf("net/stack: TCP refuses %T: %s", option, err)
		}
	}
	datagrams := tcpip.SendBufferSizeOption{Min: leastDatagrams, Default: usualDatagrams, Max: mostDatagrams}
	if err := n.s.SetOption(datagrams); err != nil {
		return fmt.Errorf("net/stack: buffers of datagrams: %s", err)
	}
	if err := n.bound(limit); err != nil {
		return fmt.Errorf("net/stack: buffers of TCP: %s", err)
	}
	const first, last = 32768, 60999 // net.ipv4.ip_local_port_range
	if err := n.s.SetPortRange(first, last); err != nil {
		return fmt.Errorf("net/stack: local ports %d to %d: %s", first, last, err)
	}
	return nil
}

// addLoopback makes the interface lo with 127.0.0.1/8 and ::1/128.
func (n *Network) addLoopback() error {
	if err := n.s.CreateNICWithOptions(loopbackNIC, loopback.New(), stack.NICOptions{Name: "lo"}); err != nil {
		return fmt.Errorf("net/stack: interface lo: %s", err)
	}
	for _, a := range []tcpip.ProtocolAddress{
		{Protocol: ipv4.ProtocolNumber, AddressWithPrefix: header.IPv4Loopback.WithPrefix()},
		{Protocol: ipv6.ProtocolNumber, AddressWithPrefix: header.IPv6Loopback.WithPrefix()},
	} {
		if a.Protocol == ipv4.ProtocolNumber {
			a.AddressWithPrefix.PrefixLen = 8
		}
		if err := n.s.AddProtocolAddress(loopbackNIC, a, stack.AddressProperties{}); err != nil {
			return fmt.Errorf("net/stack: %s on lo: %s", a.AddressWithPrefix, err)
		}
		n.s.AddRoute(tcpip.Route{Destination: a.AddressWithPrefix.Subnet(), NIC: loopbackNIC})
	}
	return nil
}

// Links lists the interfaces by index.
func (n *Network) Links() []posix.Link {
	const up, broadcast, loop, running, multicast = 0x1, 0x2, 0x8, 0x40, 0x1000 // Linux's IFF_*
	var links []posix.Link
	for id, info := range n.s.NICInfo() {
		l := posix.Link{Index: int(id), Name: info.Name, MTU: int(info.MTU), Hardware: []byte(info.LinkAddress)}
		l.Flags = up | running
		if info.Flags.Loopback {
			l.Flags |= loop
		} else {
			l.Flags |= broadcast | multicast
		}
		if eth0 := n.eth0.Load(); eth0 != nil && id == outsideNIC {
			l.Counters = eth0.counters()
		}
		for _, a := range info.ProtocolAddresses {
			l.Prefixes = append(l.Prefixes, prefix(a.AddressWithPrefix))
		}
		links = append(links, l)
	}
	slices.SortFunc(links, func(a, b posix.Link) int { return cmp.Compare(a.Index, b.Index) })
	return links
}

// prefix turns an interface's address into rt/posix's.
func prefix(a tcpip.AddressWithPrefix) posix.Prefix {
	p := posix.Prefix{Bits: a.PrefixLen}
	p.Family = posix.FamilyInet6
	if a.Address.Len() == header.IPv4AddressSize {
		p.Family = posix.FamilyInet4
	}
	copy(p.IP[:], a.Address.AsSlice())
	return p
}
