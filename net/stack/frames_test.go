// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Frames of anybody's on the way into the stack. Host only.

package stack

import (
	"math"
	"sync"
	"testing"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip/stack/gro"

	"github.com/domlet/domlet/net/netif"
)

// FuzzFrames gives the stack frames as a backend might: any bytes, cut anywhere,
// and any word about their checksums. Seeds are those of a real conversation. The
// stack's own goroutines and timers make coverage differ from run to run, and what the
// fuzzer takes for new it tries to make shorter for a minute each, in vain: run it with
// -fuzzminimizetime 0.
func FuzzFrames(f *testing.F) {
	for _, frame := range conversation(f) {
		f.Add(frame, frame, uint8(0))
		f.Add(frame, frame[:len(frame)/2], uint8(2))
	}
	n, err := New(math.MaxInt64)
	if err != nil {
		f.Fatal(err)
	}
	p, other := cable(0)
	other.pull() // what the stack answers is nobody's
	s, err := ParseSettings("10.0.0.2/24,fd00::2/64")
	if err != nil {
		f.Fatal(err)
	}
	l := newLink(p, unlimited(), netif.MAC{0, 0x16, 0x3e, 0, 0, 2}, 1500)
	if err := n.add(l, s); err != nil {
		f.Fatal(err)
	}
	came := make(chan []byte, 8)
	l.dhcp.Store(&came)
	g := &gro.GRO{Dispatcher: l}
	g.Init(true)
	var one sync.Mutex // as one pump does it
	f.Fuzz(func(t *testing.T, a, b []byte, checksum uint8) {
		one.Lock()
		defer one.Unlock()
		var in []netif.Packet
		var views []*buffer.View
		for _, frame := range [][]byte{a, b} {
			if len(frame) < netif.MinPacket || len(frame) > netif.MaxPacket {
				continue // the link lets none of these through
			}
			v := buffer.NewViewWithData(frame)
			views = append(views, v)
			in = append(in, netif.Packet{Data: v.AsSlice(), Checksum: netif.Checksum(checksum % 3)})
		}
		l.deliver(g, in, views)
		g.Flush()
		for len(came) > 0 {
			<-came
		}
	})
}

// conversation is what one side sends in TestEcho's way.
func conversation(f *testing.F) (frames [][]byte) {
	a, b := cable(0)
	var mu sync.Mutex
	a.seen = func(p netif.Packet) {
		mu.Lock()
		defer mu.Unlock()
		if len(frames) < 20 {
			frames = append(frames, p.Data)
		}
	}
	one, two := pair(f, a, b)
	echoOver(f, one, two, "10.0.0.2:7")
	echoOver(f, one, two, "[fd00::2]:7")
	mu.Lock()
	defer mu.Unlock()
	return frames
}
