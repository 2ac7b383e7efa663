// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Packets of gVisor's on their way to a Xen network interface. On gVisor's senders,
// of which each queue has one.

package stack

import (
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/stack"

	"github.com/domlet/domlet/net/netif"
)

// outbox has packets in the form that the link takes. It is used again for the next.
type outbox struct {
	packets []netif.Packet
	pieces  [][]byte // of all packets
}

// WritePackets sends packets, waiting for room: the sender has a queue of its own
// before this, which drops. All of them are of flows that go by the same queue.
func (l *link) WritePackets(list stack.PacketBufferList) (int, tcpip.Error) {
	pkts := list.AsSlice()
	queue := int(pkts[0].Hash) % len(l.outboxes)
	out := &l.outboxes[queue]
	defer out.empty()
	for _, pkt := range pkts {
		out.add(pkt)
	}
	done := 0
	for {
		n, err := l.wire.Transmit(queue, out.packets[done:])
		if done += n; err != nil || done == len(out.packets) {
			return done, failure(err)
		}
		if err := l.wire.Ready(queue); err != nil {
			return done, failure(err)
		}
	}
}

// failure is what gVisor is told when the link is closed.
func failure(err error) tcpip.Error {
	if err != nil {
		return &tcpip.ErrAborted{}
	}
	return nil
}

// add puts a packet in.
func (o *outbox) add(pkt *stack.PacketBuffer) {
	first := len(o.pieces)
	views, offset := pkt.AsViewList()
	for v := views.Front(); v != nil; v = v.Next() {
		b := v.AsSlice()
		if skip := min(offset, len(b)); skip < len(b) {
			o.pieces = append(o.pieces, b[skip:])
		}
		offset -= min(offset, len(b))
	}
	p := netif.Packet{Data: o.pieces[first], More: o.pieces[first+1:]}
	g := &pkt.GSOOptions
	if g.NeedsCsum {
		p.Checksum = netif.Blank
	}
	if g.Type != stack.GSONone && pkt.Data().Size() > int(g.MSS) {
		p.GSO = netif.GSO{Kind: netif.TCP4, Size: g.MSS}
		if g.Type == stack.GSOTCPv6 {
			p.GSO.Kind = netif.TCP6
		}
	}
	o.packets = append(o.packets, p)
}

// empty takes everything out: no memory of gVisor's is held.
func (o *outbox) empty() {
	clear(o.packets)
	clear(o.pieces)
	o.packets, o.pieces = o.packets[:0], o.pieces[:0]
}
