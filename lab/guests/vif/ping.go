// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A little of a host: enough to have Linux answer, and to see that it took what was
// left to it.

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"github.com/domlet/domlet/net/netif"
)

// Numbers of the protocols (IANA).
const (
	etherIPv4 = 0x0800
	etherARP  = 0x0806
	protoICMP = 1
	protoTCP  = 6
	protoUDP  = 17
)

// host is an address on an interface.
type host struct {
	link       *netif.Link
	own, other netip.Addr
	mac        netif.MAC // ours
	peer       []byte    // the other's
}

// ask asks Linux in every way.
func (h *host) ask(ctx context.Context) error {
	if err := await(ctx, h.link, true); err != nil {
		return err
	}
	h.mac = h.link.Info().MAC
	if err := h.resolve(); err != nil {
		return err
	}
	for _, size := range []int{1, 56, 1472} {
		for i := range 50 {
			if err := h.echo(size, byte(i)); err != nil {
				return fmt.Errorf("echo of %d bytes: %w", size, err)
			}
		}
		fmt.Println("ok echo", size)
	}
	if err := h.knock(protoUDP, make([]byte, 108), 6, protoICMP); err != nil {
		return fmt.Errorf("UDP: %w", err)
	}
	fmt.Println("ok udp")
	syn := make([]byte, 20)
	syn[12], syn[13] = 5<<4, 2
	if err := h.knock(protoTCP, syn, 16, protoTCP); err != nil {
		return fmt.Errorf("TCP: %w", err)
	}
	fmt.Println("ok tcp")
	fmt.Printf("ok ping %+v\n", h.link.Stats())
	return h.link.Close()
}

// frame is an Ethernet frame to the other end.
func (h *host) frame(to []byte, kind uint16, parts ...[]byte) []byte {
	f := append(append([]byte{}, to...), h.mac[:]...)
	f = binary.BigEndian.AppendUint16(f, kind)
	return append(f, bytes.Join(parts, nil)...)
}

// exchange sends a packet, again every second, until what comes is what the test
// takes for the answer: Linux may not have put the interface onto its bridge yet.
func (h *host) exchange(p netif.Packet, answer func(p netif.Packet) bool) error {
	answered := make(chan struct{})
	defer close(answered)
	go h.repeat(p, answered)
	batch := make([]netif.Packet, 1)
	for {
		if _, err := h.link.Receive(0, batch, nil); err != nil {
			return err
		}
		if answer(batch[0]) {
			return nil
		}
	}
}

// repeat sends a packet now and every second until it is answered.
func (h *host) repeat(p netif.Packet, answered <-chan struct{}) {
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		h.link.Transmit(0, []netif.Packet{p}) // what does not go is sent again
		select {
		case <-answered:
			return
		case <-again.C:
		}
	}
}

// resolve asks for the other's address.
func (h *host) resolve() error {
	own, other := h.own.As4(), h.other.As4()
	all := bytes.Repeat([]byte{0xff}, 6)
	f := h.frame(all, etherARP, []byte{0, 1, 8, 0, 6, 4, 0, 1}, h.mac[:], own[:], make([]byte, 6), other[:])
	return h.exchange(netif.Packet{Data: f}, func(p netif.Packet) bool {
		b := p.Data
		if len(b) < 42 || binary.BigEndian.Uint16(b[12:]) != etherARP || b[21] != 2 || !bytes.Equal(b[28:32], other[:]) {
			return false
		}
		h.peer = bytes.Clone(b[22:28])
		return true
	})
}

// ip is an IPv4 packet to the other end.
func (h *host) ip(proto byte, payload []byte) []byte {
	own, other := h.own.As4(), h.other.As4()
	b := []byte{0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, proto, 0, 0}
	b = append(append(b, own[:]...), other[:]...)
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(payload)))
	binary.BigEndian.PutUint16(b[10:], ^sum(b))
	return h.frame(h.peer, etherIPv4, b, payload)
}

// from returns the payload of an IPv4 packet from the other end.
func (h *host) from(p netif.Packet, proto byte) ([]byte, bool) {
	b, other := p.Data, h.other.As4()
	if len(b) < 34 || binary.BigEndian.Uint16(b[12:]) != etherIPv4 || b[14] != 0x45 || b[23] != proto || !bytes.Equal(b[26:30], other[:]) {
		return nil, false
	}
	end := 14 + int(binary.BigEndian.Uint16(b[16:]))
	return b[34:min(end, len(b))], end <= len(b)
}

// echo sends an ICMP echo request and wants the reply.
func (h *host) echo(size int, fill byte) error {
	m := append([]byte{8, 0, 0, 0, 7, 7, 0, fill}, bytes.Repeat([]byte{fill}, size)...)
	binary.BigEndian.PutUint16(m[2:], ^sum(m))
	return h.exchange(netif.Packet{Data: h.ip(protoICMP, m)}, func(p netif.Packet) bool {
		b, ok := h.from(p, protoICMP)
		return ok && len(b) == len(m) && b[0] == 0 && bytes.Equal(b[4:], m[4:])
	})
}

// knock sends a packet to a port where nobody is, its checksum left to Linux, and
// waits for the refusal in protocol refusal: Linux refuses only what it could read.
func (h *host) knock(proto byte, m []byte, field int, refusal byte) error {
	own, other := h.own.As4(), h.other.As4()
	binary.BigEndian.PutUint16(m, 4711)
	binary.BigEndian.PutUint16(m[2:], 9)
	if proto == protoUDP {
		binary.BigEndian.PutUint16(m[4:], uint16(len(m)))
	}
	pseudo := append(append(append([]byte{}, own[:]...), other[:]...), 0, proto, byte(len(m)>>8), byte(len(m)))
	binary.BigEndian.PutUint16(m[field:], sum(pseudo))
	return h.exchange(netif.Packet{Data: h.ip(proto, m), Checksum: netif.Blank}, func(p netif.Packet) bool {
		b, ok := h.from(p, refusal)
		if !ok || len(b) < 20 {
			return false
		}
		if refusal == protoICMP {
			return b[0] == 3 && b[1] == 3 // port unreachable
		}
		fmt.Printf("reset, checksum %v\n", p.Checksum)
		return b[13]&4 != 0
	})
}

// sum is the sum of the Internet checksum (RFC 1071).
func sum(b []byte) uint16 {
	s := uint32(0)
	for i, x := range b {
		s += uint32(x) << (8 * (1 - i%2))
	}
	s = s>>16 + s&0xffff
	return uint16(s>>16 + s&0xffff)
}
