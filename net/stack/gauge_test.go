// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Memory that runs short, and what is told when an interface has changed. Host only.

package stack

import (
	"bytes"
	"math"
	"net/netip"
	"runtime"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"

	"github.com/domlet/domlet/net/netif"
)

// unlimited is a gauge that always finds room.
func unlimited() *gauge { return newGauge(math.MaxInt64, func() (_ usage) { return }, func() {}) }

// gaugeFrom makes a gauge that looks first at one heap and from then on at another.
func gaugeFrom(limit int64, begun usage, look func() usage, collect func()) *gauge {
	g := newGauge(limit, func() usage { return begun }, collect)
	g.look = look
	return g
}

func TestGauge(t *testing.T) {
	const limit = 1600 << 10
	for _, c := range []struct {
		usage
		small, large bool
	}{
		{usage{100 << 10, 200 << 10, 100 << 10}, true, true},
		{usage{800 << 10, 1200 << 10, 190 << 10}, true, true},
		{usage{900 << 10, 1000 << 10, 110 << 10}, true, false},
		{usage{500 << 10, 1500 << 10, 10 << 10}, true, false},
		{usage{500 << 10, 500 << 10, 701 << 10}, false, false},
	} {
		g := gaugeFrom(limit, usage{}, func() usage { return c.usage }, func() {})
		if small, large := g.room(smallPacket), g.room(smallPacket+1); small != c.small || large != c.large {
			t.Errorf("%+v: a small packet %v, a large one %v", c, small, large)
		}
	}
	looks := 0
	g := gaugeFrom(limit, usage{}, func() (_ usage) { looks++; return }, func() { t.Error("garbage is collected though memory is not short") })
	for range 64 {
		g.room(32 << 10)
	}
	if looks != 32 {
		t.Errorf("the heap was looked at %d times for 2 MiB", looks)
	}
}

// TestGaugeRecovers: when memory is short, garbage is collected, and the next packet gets
// in if that was all.
func TestGaugeRecovers(t *testing.T) {
	u, collections := usage{live: 700 << 10}, 0
	g := gaugeFrom(800<<10, usage{}, func() usage { return u }, func() { collections++; u.live = 100 << 10 })
	if g.room(60) || collections != 1 {
		t.Errorf("a packet got in, or %d collections were begun", collections)
	}
	if !g.room(1500) || collections != 1 {
		t.Errorf("no packet gets in after %d collections", collections)
	}
}

// TestGaugeInSmallDomain: a program that needs most of the memory for itself has half of
// the rest for packets.
func TestGaugeInSmallDomain(t *testing.T) {
	const limit = 1600 << 10
	for other, large := range map[uint64]bool{1200 << 10: true, 1390 << 10: true, 1410 << 10: false} {
		g := gaugeFrom(limit, usage{objects: 200 << 10, other: 1000 << 10}, func() usage { return usage{other: other} }, func() {})
		if g.room(1500) != large {
			t.Errorf("with %d bytes in use a large packet gets in: %v", other, !large)
		}
	}
}

// TestHeap: the runtime has the figures.
func TestHeap(t *testing.T) {
	keep := make([]byte, 64<<20)
	if u := heap(); u.objects < uint64(len(keep)) || u.objects > 1<<40 || u.other == 0 || u.other > 1<<40 {
		t.Errorf("the heap is %+v", u)
	}
	runtime.KeepAlive(keep)
	if !unlimited().room(math.MaxInt32) {
		t.Error("an unlimited gauge has no room")
	}
}

// TestBuffers: those of a connection are a small part of the memory.
func TestBuffers(t *testing.T) {
	for limit, want := range map[int64]int{2 << 20: leastBuffer, 64 << 20: 2 << 20, 1 << 40: mostBuffer} {
		n, err := New(limit)
		if err != nil {
			t.Fatal(err)
		}
		defer n.s.Close()
		var r tcpip.TCPReceiveBufferSizeRangeOption
		var s tcpip.TCPSendBufferSizeRangeOption
		n.s.TransportProtocolOption(tcp.ProtocolNumber, &r)
		n.s.TransportProtocolOption(tcp.ProtocolNumber, &s)
		if r.Max != want || s.Max != want || r.Default > want {
			t.Errorf("%d bytes: %+v, %+v", limit, r, s)
		}
	}
}

// TestAnnounce: a neighbour that knew an address sends to the new Ethernet address as
// soon as that is announced. Of IPv4 gVisor, unlike Linux, heeds no announcement: it is
// looked at on the wire.
func TestAnnounce(t *testing.T) {
	a, b := cable(0)
	one, two := pair(t, a, b)
	echoOver(t, one, two, "[fd00::2]:7")
	moved := tcpip.LinkAddress("\x00\x16\x3e\x00\x00\x09")
	claims := make(chan header.ARP, 100)
	b.seen = func(p netif.Packet) {
		eth := header.Ethernet(p.Data)
		if eth.Type() == header.ARPProtocolNumber && eth.DestinationAddress() == header.EthernetBroadcastAddress && eth.SourceAddress() == moved {
			claims <- header.ARP(p.Data[header.EthernetMinimumSize:])
		}
	}
	two.s.SetNICAddress(outsideNIC, moved)
	two.announce(moved)
	at := netip.MustParseAddr("fd00::2")
	eventuallyKnown(t, one, protocolOf(at), addressOf(at), moved)
	echoOver(t, one, two, "[fd00::2]:8")
	own := []byte{10, 0, 0, 2}
	if h := <-claims; !bytes.Equal(h.ProtocolAddressSender(), own) || !bytes.Equal(h.ProtocolAddressTarget(), own) || string(h.HardwareAddressSender()) != string(moved) {
		t.Errorf("the announcement is %x", h)
	}
}

// eventuallyKnown waits until a network has that Ethernet address for a neighbour.
func eventuallyKnown(t *testing.T, n *Network, protocol tcpip.NetworkProtocolNumber, a tcpip.Address, want tcpip.LinkAddress) {
	t.Helper()
	until(t, func() bool {
		list, err := n.s.Neighbors(outsideNIC, protocol)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if e.Addr == a && e.LinkAddr == want {
				return true
			}
		}
		return false
	})
}
