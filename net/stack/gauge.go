// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How much memory there is for packets. Nobody but the program takes packets out of
// the sockets that they lie in, so what comes must end somewhere. On the goroutines
// that receive.

package stack

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

const (
	// lookEvery is how many bytes of packets may come between two looks at the heap.
	lookEvery = 64 << 10
	// smallPacket is the longest frame that gets in when memory is short: ends of
	// connections are short, and give memory back.
	smallPacket = 256
)

// gauge says whether there is memory for a packet.
type gauge struct {
	limit   uint64       // in bytes
	half    uint64       // what is in use when half of what there was at the beginning is
	look    func() usage // at the heap
	collect func()       // begins to collect garbage: nobody else may, while nothing gets in

	mu       sync.Mutex
	since    int // bytes since the last look
	tight    bool
	depleted bool
}

// usage is what the Go runtime has of the memory that its limit is for, in bytes.
type usage struct {
	live    uint64 // what lived in the heap when it was last collected
	objects uint64 // what is in the heap, garbage too
	other   uint64 // stacks, the runtime's own, and what the heap's objects leave between them
}

// newGauge makes a gauge for a heap with that limit.
func newGauge(limit int64, look func() usage, collect func()) *gauge {
	g := &gauge{limit: uint64(limit), look: look, collect: collect, since: lookEvery}
	u := look()
	begun := min(u.objects+u.other, g.limit)
	g.half = begun + (g.limit-begun)/2
	return g
}

// ownGauge is that of the program's own heap.
func ownGauge() *gauge { return newGauge(memoryLimit(), heap, collector()) }

// collectEvery is how long it takes at least from one collection to the next.
const collectEvery = 500 * time.Millisecond

// collector returns a function that has garbage collected in the background, but not
// all the time.
func collector() func() {
	var busy atomic.Bool
	return func() {
		if !busy.CompareAndSwap(false, true) {
			return
		}
		go func() {
			runtime.GC()
			time.Sleep(collectEvery)
			busy.Store(false)
		}()
	}
}

// used is what is in use without garbage.
func (u usage) used() uint64 { return u.live + u.other }

// room says whether there is memory for a packet of n bytes. When five eighths of the
// memory are in use, without garbage, and half of what there was when the network began,
// small packets only get in, and when it is an eighth more, none, until a look, now at
// each packet, finds that it is over. Garbage does not count, but its collection must not
// come too late.
func (g *gauge) room(n int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.since += n; g.since >= lookEvery || g.tight {
		g.since = 0
		u, most := g.look(), max(g.limit/8*5, g.half)
		g.tight = u.used() > most || u.objects+u.other > g.limit/16*15
		g.depleted = u.used() > most+g.limit/8
		if g.tight {
			g.collect()
		}
	}
	return !g.tight || !g.depleted && n <= smallPacket
}

// heap reads the runtime's figures.
func heap() usage {
	samples := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/released:bytes"}, {Name: "/memory/classes/total:bytes"},
	}
	metrics.Read(samples)
	objects := samples[1].Value.Uint64()
	rest := samples[4].Value.Uint64() - samples[3].Value.Uint64() - samples[2].Value.Uint64()
	return usage{live: samples[0].Value.Uint64(), objects: objects, other: rest - min(rest, objects)}
}

// memoryLimit is the limit that the domain, or whoever started the program, has set
// for the Go runtime.
func memoryLimit() int64 { return debug.SetMemoryLimit(-1) }

const (
	// usualBuffer and mostBuffer are gVisor's sizes for a connection's buffers, at the
	// beginning and when it has grown.
	usualBuffer = tcp.DefaultReceiveBufferSize
	mostBuffer  = tcp.MaxBufferSize
	// leastBuffer is what a connection may always have.
	leastBuffer = 128 << 10
)

// bound keeps the buffers of a connection below a small part of the memory: each
// way a 32nd may wait in one.
func (n *Network) bound(limit int64) tcpip.Error {
	most := int(max(leastBuffer, min(limit/32, mostBuffer)))
	usual := min(usualBuffer, most)
	receive := tcpip.TCPReceiveBufferSizeRangeOption{Min: tcp.MinBufferSize, Default: usual, Max: most}
	if err := n.s.SetTransportProtocolOption(tcp.ProtocolNumber, &receive); err != nil {
		return err
	}
	send := tcpip.TCPSendBufferSizeRangeOption{Min: tcp.MinBufferSize, Default: usual, Max: most}
	return n.s.SetTransportProtocolOption(tcp.ProtocolNumber, &send)
}

// backlog bounds how many connections may wait at a listener, which has the memory of
// those that were only begun. Beyond it gVisor answers with cookies and remembers
// nothing.
func backlog(limit int64) int {
	const each = 128 << 10 // of memory, for one that waits
	const least, most = 64, 4096
	return int(max(least, min(limit/each, most)))
}
