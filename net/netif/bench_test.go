// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Packets over memory: how many a second, how many events each takes, and that
// none is allocated for. Host.

package netif_test

import (
	"fmt"
	"testing"

	"github.com/domlet/domlet/net/netif"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
)

// flood sends n packets of a size and receives them, in batches, with memory that
// is used again.
func flood(tb testing.TB, from, to *netif.Link, n, size int) {
	sent := make(chan error)
	go func() { sent <- transmit(from, n, size) }()
	mem, batch := make([]byte, 1<<17), make([]netif.Packet, 64)
	alloc := func(n int) []byte { return mem[:n] }
	for got := 0; got < n; {
		k, err := to.Receive(0, batch[:min(len(batch), n-got)], alloc)
		if err != nil {
			tb.Error(err)
			break
		}
		got += k
	}
	if err := <-sent; err != nil {
		tb.Error(err)
	}
}

func transmit(l *netif.Link, n, size int) error {
	batch := make([]netif.Packet, 32)
	data := make([]byte, size)
	for i := range batch {
		batch[i].Data = data
		if size > 9000 {
			batch[i].Checksum, batch[i].GSO = netif.Blank, netif.GSO{Kind: netif.TCP4, Size: 1448}
		}
	}
	for n > 0 {
		k, err := l.Transmit(0, batch[:min(n, len(batch))])
		if err != nil {
			return err
		}
		if n -= k; k == 0 {
			if err := l.Ready(0); err != nil {
				return err
			}
		}
	}
	return nil
}

// BenchmarkPackets: both directions, at the sizes that matter. notifications/op and
// events/op are what both ends sent and waited for, by packet.
func BenchmarkPackets(b *testing.B) {
	for _, way := range []string{"out", "in"} {
		for _, size := range []int{60, 1514, 65226} {
			b.Run(fmt.Sprintf("%s/%d", way, size), func(b *testing.B) {
				w := newWorld(b)
				from, to := w.link(netif.Config{}, netif.Config{})
				if way == "in" {
					from, to = to, from
				}
				b.ReportAllocs()
				b.SetBytes(int64(size))
				b.ResetTimer()
				flood(b, from, to, b.N, size)
				b.StopTimer()
				f, t := from.Stats(), to.Stats()
				b.ReportMetric(float64(f.Notifications+t.Notifications)/float64(b.N), "notifications/op")
				b.ReportMetric(float64(f.Events+t.Events)/float64(b.N), "events/op")
			})
		}
	}
}

// direct is a grant table whose copies cost nothing but the copy: those of a host in
// memory allocate.
type direct struct {
	grant.Table
	pages map[grant.Ref]*grant.Memory // of all that share
}

func (d direct) Share(peer abi.Domid_t, pages int, readOnly bool) (*grant.Shared, error) {
	s, err := d.Table.Share(peer, pages, readOnly)
	if err == nil {
		d.pages[s.Refs()[0]] = s.Memory()
	}
	return s, err
}

func (d direct) Copy(ops []grant.CopyOp) error {
	for i := range ops {
		if op := &ops[i]; op.Write {
			d.pages[op.Ref].CopyIn(op.Offset, op.Data)
		} else {
			d.pages[op.Ref].CopyOut(op.Data, op.Offset)
		}
	}
	return nil
}

// TestNothingAllocated: in the steady state a packet costs no memory.
func TestNothingAllocated(t *testing.T) {
	w := newWorld(t)
	w.plug(0)
	pages := map[grant.Ref]*grant.Memory{}
	fp, bp := w.front.Platform(), w.back.Platform()
	fp.Grants, bp.Grants = direct{fp.Grants, pages}, direct{bp.Grants, pages}
	front, err := netif.OpenFront(within(t), fp, 0, netif.Config{})
	w.must(err)
	defer front.Close()
	back, err := netif.OpenBack(within(t), bp, frontDomain, 0, netif.Config{})
	w.must(err)
	defer back.Close()
	w.up(front)
	w.up(back)
	mem := make([]byte, 1<<17)
	alloc := func(n int) []byte { return mem[:n] }
	batch := make([]netif.Packet, 8)
	sent := []netif.Packet{{Data: make([]byte, 1514)}, {Data: make([]byte, 60000), Checksum: netif.Blank, GSO: netif.GSO{Kind: netif.TCP4, Size: 1448}}}
	for _, way := range [][2]*netif.Link{{front, back}, {back, front}} {
		pass := func() {
			way[0].Transmit(0, sent)
			for n := 0; n < len(sent); {
				k, _ := way[1].Receive(0, batch, alloc)
				n += k
			}
		}
		if n := testing.AllocsPerRun(1000, pass); n > 0 {
			t.Errorf("%v allocations for two packets", n)
		}
	}
}

// TestFewNotifications: packets that are sent together cost one event, and those
// that come while the other end is at work none.
func TestFewNotifications(t *testing.T) {
	w := newWorld(t)
	front, back := w.link(netif.Config{}, netif.Config{})
	batch := make([]netif.Packet, 32)
	for i := range batch {
		batch[i].Data = make([]byte, 60)
	}
	for _, way := range [][2]*netif.Link{{front, back}, {back, front}} {
		before := way[0].Stats().Notifications
		for range 3 { // nobody has looked at the ring yet: it asks for one event
			if n, err := way[0].Transmit(0, batch); n != len(batch) || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
		}
		if n := way[0].Stats().Notifications - before; n != 1 {
			t.Errorf("96 packets took %d notifications", n)
		}
		before = way[1].Stats().Notifications
		for got := 0; got < 96; {
			k, err := way[1].Receive(0, make([]netif.Packet, 64), nil)
			w.must(err)
			got += k
		}
		if n := way[1].Stats().Notifications - before; n > 1 {
			t.Errorf("their receipt took %d notifications", n)
		}
	}
}
