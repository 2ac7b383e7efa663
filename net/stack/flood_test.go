// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Beginnings of connections that nobody completes. Host only.

package stack

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/checksum"
	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/domlet/domlet/net/netif"
	"github.com/domlet/domlet/rt/posix"
)

// beginning is a frame with a SYN from an address that answers nothing (RFC 2544), to
// 10.0.0.2, port 7.
func beginning(rnd *rand.Rand) []byte {
	const headers = header.EthernetMinimumSize + header.IPv4MinimumSize
	b := make([]byte, headers+header.TCPMinimumSize)
	from := tcpip.AddrFrom4([4]byte{198, 18, byte(rnd.Uint32()), byte(rnd.Uint32())})
	to := tcpip.AddrFrom4([4]byte{10, 0, 0, 2})
	header.Ethernet(b).Encode(&header.EthernetFields{
		SrcAddr: "\x00\x16\x3e\x00\x00\x01", DstAddr: "\x00\x16\x3e\x00\x00\x02", Type: header.IPv4ProtocolNumber,
	})
	ip := header.IPv4(b[header.EthernetMinimumSize:])
	ip.Encode(&header.IPv4Fields{TotalLength: uint16(len(ip)), TTL: 64, Protocol: uint8(header.TCPProtocolNumber), SrcAddr: from, DstAddr: to})
	ip.SetChecksum(^ip.CalculateChecksum())
	segment := header.TCP(b[headers:])
	segment.Encode(&header.TCPFields{
		SrcPort: uint16(1024 + rnd.IntN(60000)), DstPort: 7, SeqNum: rnd.Uint32(), DataOffset: header.TCPMinimumSize,
		Flags: header.TCPFlagSyn, WindowSize: 0xffff,
	})
	sum := header.PseudoHeaderChecksum(header.TCPProtocolNumber, from, to, header.TCPMinimumSize)
	segment.SetChecksum(^segment.CalculateChecksum(checksum.Checksum(nil, sum)))
	return b
}

// TestFlood: ten thousand of them cost a 64 MiB domain little memory, and somebody who
// means it is let in among them.
func TestFlood(t *testing.T) {
	const begun, most = 10_000, 16 << 20
	a, b := cable(0)
	one, _ := wired(t, a, 1, "10.0.0.1/24")
	two, err := New(64 << 20)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseSettings("10.0.0.2/24,gateway=10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	if err := two.add(newLink(b, unlimited(), netif.MAC{0, 0x16, 0x3e, 0, 0, 2}, 1500), s); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.pull(); two.s.Close() })
	for i, n := range []*Network{one, two} {
		settled(t, n, netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}))
	}
	listener := stream(t, two)
	at := posix.Address{Family: posix.FamilyInet4, Port: 7, IP: [16]byte{10, 0, 0, 2}}
	if e := listener.Bind(at); e != 0 {
		t.Fatalf("bind: errno %d", e)
	}
	if e := listener.Listen(4096); e != 0 {
		t.Fatalf("listen: errno %d", e)
	}
	go serve7(listener)
	before := used()
	rnd := rand.New(rand.NewPCG(1, 1))
	for range begun {
		b.take(netif.Packet{Data: beginning(rnd)})
	}
	sent := func() uint64 { return two.s.Stats().TCP.ListenOverflowSynCookieSent.Value() }
	until(t, func() bool { return sent() >= begun-uint64(two.backlog) })
	if grown := int64(used()) - int64(before); grown > most {
		t.Errorf("they cost %d bytes", grown)
	}
	c := stream(t, one)
	if e := c.Connect(at); e != posix.EINPROGRESS {
		t.Fatalf("connect: errno %d", e)
	}
	if e := c.connected(); e != 0 {
		t.Fatalf("connect: errno %d", e)
	}
	if e := c.say(42); e != 0 {
		t.Fatalf("send: errno %d", e)
	}
	if v, e := c.hear(); e != 0 || v != 42 {
		t.Errorf("%d came back, errno %d", v, e)
	}
}
