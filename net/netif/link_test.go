// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Packets between both ends, in memory. Host.

package netif_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/net/netif"
	"github.com/domlet/domlet/net/netif/netiftest"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/xentest"
)

// kinds are links of each kind.
var kinds = map[string]struct{ front, back netif.Config }{
	"plain":       {},
	"one event":   {back: netif.Config{OneEvent: true}},
	"four queues": {front: netif.Config{Queues: 4}, back: netif.Config{Queues: 8}},
	"few pages":   {front: netif.Config{ReceivePages: 64, TransmitPages: 64}},
}

// each runs a test over links of each kind, in both directions, and looks that
// nothing is left.
func each(t *testing.T, f func(t *testing.T, w *world, from, to *netif.Link)) {
	for name, k := range kinds {
		for _, way := range []string{"out", "in"} {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				front, back := w.link(k.front, k.back)
				if way == "out" {
					f(t, w, front, back)
				} else {
					f(t, w, back, front)
				}
				front.Close()
				back.Close()
				w.nothingLeft()
			})
		}
	}
}

// sizes are lengths of frames around everything that matters.
var sizes = []int{14, 15, 60, 1514, 4095, 4096, 4097, 8192, 8193, 65534, 65535}

// packet makes a packet of random bytes, in pieces.
func packet(r *rand.Rand, size int) netif.Packet {
	b := make([]byte, size)
	r.Read(b)
	p := netif.Packet{Data: b}
	for r.Intn(2) == 0 && len(p.More) < 20 {
		at := r.Intn(len(p.Data) + 1)
		p.More = append([][]byte{p.Data[at:]}, p.More...)
		p.Data = p.Data[:at]
	}
	switch r.Intn(4) {
	case 0:
		p.Checksum = netif.Validated
	case 1:
		p.Checksum = netif.Blank
	case 2:
		p.Checksum, p.GSO = netif.Blank, netif.GSO{Kind: netif.Segments(1 + r.Intn(2)), Size: uint16(1 + r.Intn(65535))}
	}
	return p
}

// whole is a packet's bytes in one piece.
func whole(p *netif.Packet) []byte { return bytes.Join(append([][]byte{p.Data}, p.More...), nil) }

// sendAll sends packets on a queue, waiting for room.
func sendAll(t *testing.T, l *netif.Link, queue int, packets []netif.Packet) {
	if err := netiftest.Send(l, queue, packets); err != nil {
		t.Error(err)
	}
}

// receive receives that many packets from a queue.
func receive(t *testing.T, l *netif.Link, queue, n int) []netif.Packet {
	var all []netif.Packet
	batch := make([]netif.Packet, 16)
	for len(all) < n {
		k, err := l.Receive(queue, batch[:min(len(batch), n-len(all))], nil)
		if err != nil {
			t.Error(err)
			break
		}
		all = append(all, batch[:k]...)
	}
	return all
}

// same compares what was received with what was sent.
func same(t *testing.T, got, want []netif.Packet) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d packets came, %d were sent", len(got), len(want))
	}
	for i := range want {
		g, w := &got[i], &want[i]
		if !bytes.Equal(g.Data, whole(w)) || g.Checksum != w.Checksum || g.GSO != w.GSO {
			t.Fatalf("packet %d: %d bytes, %v, %v; sent were %d, %v, %v", i, len(g.Data), g.Checksum, g.GSO, w.Len(), w.Checksum, w.GSO)
		}
	}
}

// TestPackets: packets of every size, whole and in pieces, with all that is known
// of them, arrive as they were sent, and in order.
func TestPackets(t *testing.T) {
	each(t, func(t *testing.T, w *world, from, to *netif.Link) {
		r := testkit.Rand(t)
		var sent []netif.Packet
		for range 40 {
			for _, size := range sizes {
				sent = append(sent, packet(r, size))
			}
		}
		queue := r.Intn(to.Info().Queues)
		go sendAll(t, from, queue, sent)
		same(t, receive(t, to, queue, len(sent)), sent)
		if s := to.Stats(); s.Received != uint64(len(sent)) || s.Dropped != [netif.Drops]uint64{} {
			t.Errorf("%+v", s)
		}
		if s := from.Stats(); s.Sent != uint64(len(sent)) || s.Dropped != [netif.Drops]uint64{} {
			t.Errorf("%+v", s)
		}
	})
}

// TestBothWaysAtOnce: all queues, both directions.
func TestBothWaysAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world, from, to *netif.Link) {
		var all sync.WaitGroup
		for _, way := range [][2]*netif.Link{{from, to}, {to, from}} {
			for queue := range from.Info().Queues {
				r := testkit.Rand(t)
				sent := make([]netif.Packet, 500)
				for i := range sent {
					sent[i] = packet(r, 14+r.Intn(3000))
				}
				all.Go(func() { sendAll(t, way[0], queue, sent) })
				all.Go(func() { same(t, receive(t, way[1], queue, len(sent)), sent) })
			}
		}
		all.Wait()
	})
}

// TestCloseEndsCalls: Close ends everything that waits, at either end.
func TestCloseEndsCalls(t *testing.T) {
	each(t, func(t *testing.T, w *world, a, b *netif.Link) {
		var calls sync.WaitGroup
		for range 2 {
			calls.Go(func() {
				if _, err := a.Receive(0, make([]netif.Packet, 1), nil); !errors.Is(err, net.ErrClosed) {
					t.Errorf("Receive: %v", err)
				}
			})
		}
		full := make([]netif.Packet, 1000)
		for i := range full {
			full[i].Data = make([]byte, 60)
		}
		if n, err := a.Transmit(0, full); n == len(full) || err != nil {
			t.Errorf("%d packets went into a ring, %v", n, err)
		}
		calls.Go(func() {
			if err := a.Ready(0); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Ready: %v", err)
			}
		})
		a.Close()
		calls.Wait()
		if _, err := a.Transmit(0, full); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Transmit: %v", err)
		}
		for _, err := range a.Changes(within(t)) {
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("Changes: %v", err)
			}
		}
		a.Close()
	})
}

// tcpFrame is a TCP packet over IPv4 of that many bytes of payload, its checksum
// blank.
func tcpFrame(payload int) []byte {
	f := make([]byte, 54+payload)
	f[12], f[13] = 8, 0
	f[14], f[22], f[23] = 0x45, 64, 6
	f[16], f[17] = byte((40+payload)>>8), byte(40+payload)
	f[46] = 5 << 4
	for i := range payload {
		f[54+i] = byte(i * i)
	}
	return f
}

// TestPeerTakesNothing: to an end that takes neither segments nor blank checksums
// nor packets of several pages, all of them can be sent all the same.
func TestPeerTakesNothing(t *testing.T) {
	none := netif.Config{Features: &netif.Features{}}
	for _, way := range []string{"out", "in"} {
		w := newWorld(t)
		from, to := w.link(none, none)
		if way == "in" {
			from, to = to, from
		}
		const payload, size = 40000, 1448
		sent := []netif.Packet{
			{Data: tcpFrame(payload), Checksum: netif.Blank, GSO: netif.GSO{Kind: netif.TCP4, Size: size}},
			{Data: tcpFrame(100), Checksum: netif.Blank},
			{Data: make([]byte, 4096)},
			{Data: make([]byte, 4097)},
		}
		go sendAll(t, from, 0, sent)
		const segments = (payload + size - 1) / size
		got := receive(t, to, 0, segments+2)
		var all []byte
		for i := range segments {
			all = append(all, got[i].Data[54:]...)
		}
		if !bytes.Equal(all, sent[0].Data[54:]) || len(got[segments].Data) != 154 || len(got[segments+1].Data) != 4096 {
			t.Errorf("%d bytes in segments, then %d and %d", len(all), len(got[segments].Data), len(got[segments+1].Data))
		}
		for i := range segments + 1 {
			if got[i].Checksum != netif.Validated || got[i].GSO != (netif.GSO{}) {
				t.Errorf("packet %d: %+v", i, got[i])
			}
		}
		if d := from.Stats().Dropped[netif.LengthDrop]; d != 1 {
			t.Errorf("%d packets were too long", d)
		}
	}
}

// TestBounce is what domains do with each other in the lab, in memory: also where
// events come late and twice.
func TestBounce(t *testing.T) {
	for _, f := range []xentest.Faults{{}, {RepeatEvent: 0.3, DelayEvent: 0.3, MaxDelay: time.Millisecond}} {
		w := newWorld(t)
		front, back := w.link(netif.Config{Queues: 2}, netif.Config{Queues: 2})
		w.host.SetFaults(f)
		go netiftest.Echo(back)
		if err := netiftest.Bounce(front, 50, 1); err != nil {
			t.Error(err)
		}
	}
}

// TestAligned: what is behind a packet's headers lies at a multiple of eight in the
// page that the backend sees, and the rest of it at the beginning of the next.
func TestAligned(t *testing.T) {
	_, front, k := invited(t)
	payload := bytes.Repeat([]byte{0xbb}, 5000)
	for _, headers := range []int{66, 72, 86, 14} {
		if _, err := front.Transmit(0, []netif.Packet{{Data: make([]byte, headers), More: [][]byte{payload}}}); err != nil {
			t.Fatal(err)
		}
		var offsets []int
		for _, slot := range k.requests(2) {
			offsets = append(offsets, int(binary.LittleEndian.Uint16(slot[4:])))
			if len(offsets) == 1 && bytes.IndexByte(k.read(grant.Ref(binary.LittleEndian.Uint32(slot))), 0xbb)%8 != 0 {
				t.Errorf("behind %d bytes of headers the payload is not aligned", headers)
			}
		}
		if want := []int{-headers & 7, 0}; !slices.Equal(offsets, want) {
			t.Errorf("%d bytes of headers: the pieces begin at %v, want %v", headers, offsets, want)
		}
	}
}
