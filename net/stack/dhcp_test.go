// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The DHCP client against a server at the other end of a cable. Host only.

package stack

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/domlet/domlet/net/netif"
)

// server answers what comes out of a plug.
type server struct {
	t    *testing.T
	p    *plug
	mu   sync.Mutex
	deaf int // so many messages are not answered
	no   int // so many renewals are refused
	seen []dhcpv4.MessageType
	gone int // how many were seen when one was refused
}

func (s *server) run() {
	in := make([]netif.Packet, batch)
	for {
		n, err := s.p.Receive(0, in, func(n int) []byte { return make([]byte, n) })
		if err != nil {
			return
		}
		for _, p := range in[:n] {
			s.frame(p.Data)
		}
	}
}

// frame answers one frame, if it is a question.
func (s *server) frame(b []byte) {
	if header.Ethernet(b).Type() != header.IPv4ProtocolNumber || !header.IPv4(b[14:]).IsChecksumValid() {
		return
	}
	ip := header.IPv4(b[14:])
	udp := header.UDP(ip.Payload())
	if udp.DestinationPort() != dhcpServer {
		return
	}
	question, err := dhcpv4.FromBytes(udp.Payload())
	if err != nil {
		s.t.Errorf("the client sent %x: %v", udp.Payload(), err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, question.MessageType())
	if s.deaf--; s.deaf >= 0 {
		return
	}
	kind := dhcpv4.MessageTypeOffer
	if question.MessageType() == dhcpv4.MessageTypeRequest {
		kind = dhcpv4.MessageTypeAck
	}
	if s.no > 0 && !question.ClientIPAddr.IsUnspecified() {
		s.no--
		s.gone = len(s.seen)
		kind = dhcpv4.MessageTypeNak
	}
	answer, err := dhcpv4.NewReplyFromRequest(question, dhcpv4.WithMessageType(kind), dhcpv4.WithYourIP(net.IPv4(10, 0, 0, 49+question.ClientHWAddr[5])),
		dhcpv4.WithServerIP(net.IPv4(10, 0, 0, 1)), dhcpv4.WithNetmask(net.CIDRMask(24, 32)), dhcpv4.WithLeaseTime(3600),
		dhcpv4.WithOption(dhcpv4.OptRouter(net.IPv4(10, 0, 0, 1))), dhcpv4.WithOption(dhcpv4.OptDNS(net.IPv4(10, 0, 0, 9))))
	if err != nil {
		s.t.Error(err)
		return
	}
	s.p.Transmit(0, []netif.Packet{{Data: make([]byte, 20)}, reply(answer.ToBytes())})
}

// reply is a server's message in a frame: the client's own, with the ports turned.
func reply(message []byte) netif.Packet {
	b := append(make([]byte, 14), datagram(message)...)
	header.Ethernet(b).Encode(&header.EthernetFields{DstAddr: header.EthernetBroadcastAddress, Type: header.IPv4ProtocolNumber})
	udp := header.UDP(b[14+header.IPv4MinimumSize:])
	udp.SetSourcePort(dhcpServer)
	udp.SetDestinationPort(dhcpClient)
	return netif.Packet{Data: b}
}

// leased makes a network whose addresses are the server's.
func leased(t *testing.T, s *server, a *plug) (n *Network, l *link) {
	t.Helper()
	go s.run()
	n, l = wired(t, a, 1, "dhcp")
	n.write = func(path string, text []byte) {
		if path != "/etc/resolv.conf" || string(text) != "nameserver 10.0.0.9\n" {
			t.Errorf("wrote %s: %q", path, text)
		}
	}
	ready := make(chan struct{}, 8)
	n.askForLease(t.Context(), l, func() { ready <- struct{}{} })
	select {
	case <-ready:
	case <-time.After(3 * time.Minute):
		t.Fatal("no lease in three minutes")
	}
	return n, l
}

// TestLease: a domain gets its address, router and name server, though the first
// question is lost.
func TestLease(t *testing.T) {
	a, b := cable(0)
	n, _ := leased(t, &server{t: t, p: b, deaf: 1}, a)
	settled(t, n, netip.MustParseAddr("10.0.0.50"))
	routes := 0
	for _, r := range n.s.GetRouteTable() {
		if r.Gateway == addressOf(netip.MustParseAddr("10.0.0.1")) {
			routes++
		}
	}
	if routes != 1 {
		t.Errorf("%d routes lead over the router: %v", routes, n.s.GetRouteTable())
	}
	b.pull()
}

// TestLeaseAnew: when the interface was away, its lease is asked for again. One that is
// refused is over, and so is one of another Ethernet address, once there is another.
func TestLeaseAnew(t *testing.T) {
	a, b := cable(0)
	s := &server{t: t, p: b, no: 1}
	n, l := leased(t, s, a)
	settled(t, n, netip.MustParseAddr("10.0.0.50"))
	l.returned()
	until(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.no == 0 && slices.Contains(s.seen[s.gone:], dhcpv4.MessageTypeDiscover) && s.seen[len(s.seen)-1] == dhcpv4.MessageTypeRequest
	})
	settled(t, n, netip.MustParseAddr("10.0.0.50"))
	l.SetLinkAddress("\x00\x16\x3e\x00\x00\x07")
	l.returned()
	until(t, func() bool {
		now := n.s.NICInfo()[outsideNIC].ProtocolAddresses
		return len(now) == 1 && now[0].AddressWithPrefix.Address == addressOf(netip.MustParseAddr("10.0.0.56"))
	})
	b.pull()
}

// FuzzAnswer: whatever a server sends, there is a lease that can be used, or none.
func FuzzAnswer(f *testing.F) {
	m, err := dhcpv4.New(dhcpv4.WithMessageType(dhcpv4.MessageTypeAck), dhcpv4.WithYourIP(net.IPv4(10, 0, 0, 50)), dhcpv4.WithNetmask(net.CIDRMask(24, 32)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(reply(m.ToBytes()).Data)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, frame []byte) {
		message, ok := isDHCP(frame)
		if !ok {
			return
		}
		ack, err := dhcpv4.FromBytes(message)
		if err != nil {
			return
		}
		if l, err := newLease(ack); err == nil && (!l.prefix.IsValid() || l.length <= 0) {
			t.Errorf("%+v", l)
		}
	})
}
