// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A Xen network interface as an Ethernet link of gVisor's: frames, checksums and
// segmentation each way. Pump runs on a goroutine for each queue.

package stack

import (
	"bytes"
	"sync"
	"sync/atomic"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/stack/gro"

	"github.com/domlet/domlet/net/netif"
	"github.com/domlet/domlet/rt/posix"
)

const (
	// batch is how many packets go to or come from the link at once.
	batch = 64
	// segmentsMax is the longest packet that TCP makes for the link to cut.
	segmentsMax = netif.MaxPacket - header.EthernetMinimumSize
)

// wire is what a link is on: a netif.Link.
type wire interface {
	Receive(queue int, batch []netif.Packet, alloc func(n int) []byte) (int, error)
	Transmit(queue int, batch []netif.Packet) (int, error)
	Ready(queue int) error
	Queues() int
	Stats() netif.Stats
}

// link is the LinkEndpoint.
type link struct {
	wire       wire
	gauge      *gauge
	mac        atomic.Pointer[tcpip.LinkAddress]
	mtu        atomic.Uint32
	dispatcher atomic.Pointer[stack.NetworkDispatcher] // nil while not attached
	closing    atomic.Pointer[func()]
	dhcp       atomic.Pointer[chan []byte] // where messages for a DHCP client go; nil where there is none
	back       chan struct{}               // tells a DHCP client that the link was down; capacity 1

	outboxes   []outbox     // by queue
	delivering sync.RWMutex // held for writing while a packet is delivered that is not trusted
	doubted    atomic.Bool  // the packet being delivered needs a look at its checksum
}

// newLink makes a link of a wire with that address and longest payload, which drops
// packets that the gauge has no memory for.
func newLink(w wire, g *gauge, mac netif.MAC, mtu int) *link {
	l := &link{wire: w, gauge: g, back: make(chan struct{}, 1), outboxes: make([]outbox, w.Queues())}
	l.SetLinkAddress(tcpip.LinkAddress(mac[:]))
	l.mtu.Store(uint32(mtu))
	return l
}

// Attach has packets delivered to d; the pumps are started once, by the first.
func (l *link) Attach(d stack.NetworkDispatcher) {
	if d == nil {
		l.dispatcher.Store(nil)
		return
	}
	if l.dispatcher.Swap(&d) == nil {
		for queue := range l.wire.Queues() {
			go l.pump(queue)
		}
	}
}

func (l *link) IsAttached() bool                        { return l.dispatcher.Load() != nil }
func (l *link) MTU() uint32                             { return l.mtu.Load() }
func (l *link) SetMTU(mtu uint32)                       { l.mtu.Store(mtu) }
func (l *link) LinkAddress() tcpip.LinkAddress          { return *l.mac.Load() }
func (l *link) SetLinkAddress(mac tcpip.LinkAddress)    { l.mac.Store(&mac) }
func (l *link) MaxHeaderLength() uint16                 { return header.EthernetMinimumSize }
func (l *link) ARPHardwareType() header.ARPHardwareType { return header.ARPHardwareEther }
func (l *link) Wait()                                   {}
func (l *link) SetOnCloseAction(f func())               { l.closing.Store(&f) }
func (l *link) GSOMaxSize() uint32                      { return segmentsMax }
func (l *link) SupportedGSO() stack.SupportedGSO        { return stack.HostGSOSupported }

// Capabilities: gVisor asks for every packet that it is given whether to trust its
// checksum, but asks the link, not the packet. Of checksums to be sent nothing is
// offered here: TCP leaves them blank with segmentation, and gVisor would leave
// out even the pseudo header's otherwise.
func (l *link) Capabilities() stack.LinkEndpointCapabilities {
	if l.doubted.Load() {
		return stack.CapabilityResolutionRequired
	}
	return stack.CapabilityResolutionRequired | stack.CapabilityRXChecksumOffload
}

// counters are what has gone over the link.
func (l *link) counters() (c posix.Counters) {
	s := l.wire.Stats()
	c = posix.Counters{
		ReceivedPackets: s.Received, SentPackets: s.Sent, ReceivedBytes: s.ReceivedBytes, SentBytes: s.SentBytes,
		ReceiveDropped: s.Dropped[netif.MemoryDrop],
		SendDropped:    s.Dropped[netif.DownDrop],
	}
	for why := netif.LengthDrop; why <= netif.RefusedDrop; why++ {
		c.SendErrors += s.Dropped[why]
	}
	for why := netif.ShortDrop; why < netif.MemoryDrop; why++ {
		c.ReceiveErrors += s.Dropped[why]
	}
	return c
}

// Close is called when the interface is removed.
func (l *link) Close() {
	if f := l.closing.Load(); f != nil {
		(*f)()
	}
}

// AddHeader puts the Ethernet header before a packet, and says what flow it is of.
func (l *link) AddHeader(pkt *stack.PacketBuffer) {
	if pkt.Hash == 0 && l.wire.Queues() > 1 {
		pkt.Hash = flow(pkt)
	}
	eth := header.Ethernet(pkt.LinkHeader().Push(header.EthernetMinimumSize))
	eth.Encode(&header.EthernetFields{
		SrcAddr: pkt.EgressRoute.LocalLinkAddress,
		DstAddr: pkt.EgressRoute.RemoteLinkAddress,
		Type:    pkt.NetworkProtocolNumber,
	})
}

// ParseHeader takes the Ethernet header off a packet.
func (l *link) ParseHeader(pkt *stack.PacketBuffer) bool {
	h, ok := pkt.LinkHeader().Consume(header.EthernetMinimumSize)
	if !ok {
		return false
	}
	eth := header.Ethernet(h)
	pkt.NetworkProtocolNumber = eth.Type()
	switch to := eth.DestinationAddress(); {
	case to == header.EthernetBroadcastAddress:
		pkt.PktType = tcpip.PacketBroadcast
	case header.IsMulticastEthernetAddress(to):
		pkt.PktType = tcpip.PacketMulticast
	case to == l.LinkAddress():
		pkt.PktType = tcpip.PacketHost
	default:
		pkt.PktType = tcpip.PacketOtherHost
	}
	return true
}

// pump delivers what comes, until the link is closed.
func (l *link) pump(queue int) {
	var views []*buffer.View
	alloc := func(n int) []byte {
		if !l.gauge.room(n) {
			return nil
		}
		v := buffer.NewViewSize(n)
		views = append(views, v)
		return v.AsSlice()
	}
	g := &gro.GRO{Dispatcher: l}
	g.Init(true)
	in := make([]netif.Packet, batch)
	for {
		views = views[:0]
		n, err := l.wire.Receive(queue, in, alloc)
		if err != nil {
			return
		}
		l.deliver(g, in[:n], views)
		g.Flush()
	}
}

// deliver hands packets to the stack. Views that no packet is in, because it was
// dropped, are skipped.
func (l *link) deliver(g *gro.GRO, in []netif.Packet, views []*buffer.View) {
	for _, p := range in {
		for len(views) > 0 && &views[0].AsSlice()[0] != &p.Data[0] {
			views[0].Release()
			views = views[1:]
		}
		v := views[0]
		views = views[1:]
		if l.divert(p.Data) {
			v.Release()
			continue
		}
		v.CapLength(len(p.Data))
		pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithView(v)})
		l.enter(g, pkt, p.Checksum != netif.Complete)
		pkt.DecRef()
	}
	for _, v := range views {
		v.Release()
	}
}

// divert gives the DHCP client what is for it, and reports whether it was.
func (l *link) divert(frame []byte) bool {
	to := l.dhcp.Load()
	if to == nil {
		return false
	}
	message, ok := isDHCP(frame)
	if !ok {
		return false
	}
	select {
	case *to <- bytes.Clone(message):
	default: // the server will hear the question again
	}
	return true
}

// enter hands one packet to the stack, by way of GRO where its checksum is known
// to be good: gVisor joins no others, and stalls over them.
func (l *link) enter(g *gro.GRO, pkt *stack.PacketBuffer, validated bool) {
	if !l.ParseHeader(pkt) {
		return
	}
	pkt.RXChecksumValidated = validated
	if validated {
		g.Enqueue(pkt)
		return
	}
	g.Flush() // what came before goes before
	l.DeliverNetworkPacket(pkt.NetworkProtocolNumber, pkt)
}

// DeliverNetworkPacket hands a packet, or several joined, to the stack. Those whose
// checksum is known to be good do not wait for each other.
func (l *link) DeliverNetworkPacket(protocol tcpip.NetworkProtocolNumber, pkt *stack.PacketBuffer) {
	d := l.dispatcher.Load()
	if d == nil {
		return
	}
	if pkt.RXChecksumValidated {
		l.delivering.RLock()
		defer l.delivering.RUnlock()
	} else {
		l.delivering.Lock()
		defer l.delivering.Unlock()
		l.doubted.Store(true)
		defer l.doubted.Store(false)
	}
	(*d).DeliverNetworkPacket(protocol, pkt)
}

// DeliverLinkPacket is for packet sockets, of which there are none.
func (l *link) DeliverLinkPacket(tcpip.NetworkProtocolNumber, *stack.PacketBuffer) {}
