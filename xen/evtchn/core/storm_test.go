// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Xen and the domain at the same time, thousands of short rounds over few
// ports. No event may be lost; the race detector looks on. Host.

package core

import (
	"math/rand"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/xen/abi"
)

// domain is one domain seen through either interface.
type domain struct {
	ports    []uint32 // the ports in use
	vcpus    []vcpu
	send     func(port uint32, r *rand.Rand)
	mask     func(port uint32)
	unmask   func(port uint32) bool          // the domain's
	ask      func(port uint32, r *rand.Rand) // EVTCHNOP_unmask
	reassign func(port uint32, r *rand.Rand) // a change of priority, or nothing
}

// vcpu is one of its vCPUs.
type vcpu struct {
	raised func() bool
	held   func() bool
	next   func() (uint32, bool)
}

func domain2(t testing.TB, vcpus int, ports []uint32) *domain {
	x, tab, cpus := newTwoLevel(t, vcpus)
	d := &domain{
		ports: ports, send: x.send, mask: tab.Mask, unmask: tab.Unmask, ask: x.unmask,
		reassign: func(uint32, *rand.Rand) {},
	}
	for v, c := range cpus {
		d.vcpus = append(d.vcpus, vcpu{x.flag(uint32(v)).raised, c.Held, func() (uint32, bool) { return c.Next(tab) }})
	}
	return d
}

func domainF(t testing.TB, ports []uint32) *domain {
	x, tab, c := newFIFO(t, 2048)
	return &domain{
		ports: ports, send: x.send, mask: tab.Mask, unmask: tab.Unmask, ask: x.unmask,
		reassign: func(port uint32, r *rand.Rand) { x.setPriority(port, uint32(r.Intn(3))) },
		vcpus:    []vcpu{{x.flag.raised, c.Held, func() (uint32, bool) { return c.Next(tab) }}},
	}
}

// round is one round of the storm. What is sent to a port is a number that
// grows; a service sees the number that stands there when it begins.
type round struct {
	*domain
	t       testing.TB
	sent    [TwoLevelPorts]atomic.Uint64
	seen    [TwoLevelPorts]atomic.Uint64
	sending atomic.Int32 // senders that are at work
}

func (s *round) run(r *rand.Rand, senders, events int) {
	var all sync.WaitGroup
	s.sending.Store(int32(senders))
	for range senders {
		own := rand.New(rand.NewSource(r.Int63()))
		all.Go(func() { s.sender(own, events) })
	}
	for _, v := range s.vcpus {
		own := rand.New(rand.NewSource(r.Int63()))
		all.Go(func() { s.guest(v, own) })
	}
	all.Wait()
	s.settle(r)
}

func (s *round) sender(r *rand.Rand, events int) {
	for range events {
		p := s.ports[r.Intn(len(s.ports))]
		s.sent[p].Add(1)
		s.send(p, r)
		pause(r)
	}
	s.sending.Add(-1)
}

// guest serves while anything is sent. It looks only when the flag is up, as a
// vCPU that sleeps otherwise, and masks and unmasks ports at random.
func (s *round) guest(v vcpu, r *rand.Rand) {
	for s.sending.Load() > 0 || v.raised() || v.held() {
		if v.raised() || v.held() {
			s.serve(v, r.Intn(8))
		}
		p := s.ports[r.Intn(len(s.ports))]
		switch r.Intn(8) {
		case 0:
			s.mask(p)
		case 1:
			s.open(p, r)
		case 2:
			s.reassign(p, r)
		default:
			runtime.Gosched()
		}
	}
}

// serve serves so many ports, or all of them if there are fewer.
func (s *round) serve(v vcpu, budget int) {
	for range budget {
		p, ok := v.next()
		if !ok {
			return
		}
		s.note(p)
	}
	if !v.held() { // a vCPU may sleep only after Next said that there is nothing
		for p, ok := v.next(); ok; p, ok = v.next() {
			s.note(p)
		}
	}
}

// note records a service. Two vCPUs may serve a port that moved, so the larger
// number stays.
func (s *round) note(p uint32) {
	for n := s.sent[p].Load(); ; {
		old := s.seen[p].Load()
		if n <= old || s.seen[p].CompareAndSwap(old, n) {
			return
		}
	}
}

func (s *round) open(p uint32, r *rand.Rand) {
	if s.unmask(p) {
		s.ask(p, r)
	}
}

// settle lets every port through and looks for what was lost.
func (s *round) settle(r *rand.Rand) {
	for _, p := range s.ports {
		s.open(p, r)
	}
	for _, v := range s.vcpus {
		for v.raised() || v.held() {
			s.serve(v, 100)
		}
	}
	for _, p := range s.ports {
		if sent, seen := s.sent[p].Load(), s.seen[p].Load(); sent != seen {
			s.t.Fatalf("port %d: event %d of %d was the last one served", p, seen, sent)
		}
	}
}

// rounds is how many rounds a storm has: few with -short.
func rounds() int {
	if testing.Short() {
		return 200
	}
	return 3000
}

// storm runs rounds on domains that last for some of them each.
func storm(t *testing.T, make func(testing.TB) *domain) {
	openWindows()
	r := testkit.Rand(t)
	for left := rounds(); left > 0 && !t.Failed(); {
		t.Run("", func(t *testing.T) { // its memory goes when it ends
			s := &round{domain: make(t), t: t}
			for range 100 {
				s.run(r, 1+r.Intn(3), 1+r.Intn(40))
				left--
			}
		})
	}
}

func TestStormTwoLevel(t *testing.T) {
	storm(t, func(t testing.TB) *domain { return domain2(t, 1, []uint32{1, 2, 65, 4095}) })
}

func TestStormTwoLevelTwoVCPUs(t *testing.T) {
	storm(t, func(t testing.TB) *domain { return domain2(t, 2, []uint32{1, 2, 3, 4, 64, 65}) })
}

func TestStormFIFO(t *testing.T) {
	storm(t, func(t testing.TB) *domain { return domainF(t, []uint32{1, 2, 3, 1024, 2047}) })
}

// One port: it is the head and the tail of its queue at once.
func TestStormFIFOOnePort(t *testing.T) {
	storm(t, func(t testing.TB) *domain { return domainF(t, []uint32{9}) })
}

// The benchmarks send one event to each of so many ports and then take them.
// They report the taking; with one port, most of that is reading the clock.

func BenchmarkTwoLevel(b *testing.B) {
	for _, n := range []uint32{1, 100, 4000} {
		b.Run(ports(n), func(b *testing.B) {
			x, tab, cpus := newTwoLevel(b, 1)
			benchmark(b, n, func(p uint32) { x.send(p, nil) }, func() bool { _, ok := cpus[0].Next(tab); return ok })
		})
	}
}

func BenchmarkFIFO(b *testing.B) {
	for _, n := range []uint32{1, 100, 4000, 100_000} {
		b.Run(ports(n), func(b *testing.B) {
			x, tab, c := newFIFO(b, abi.EVTCHN_FIFO_NR_CHANNELS)
			benchmark(b, n, func(p uint32) { x.send(p, nil) }, func() bool { _, ok := c.Next(tab); return ok })
		})
	}
}

func ports(n uint32) string { return "ports=" + strconv.Itoa(int(n)) }

func benchmark(b *testing.B, n uint32, send func(uint32), next func() bool) {
	var sending, events time.Duration
	for b.Loop() {
		start := time.Now()
		for p := uint32(1); p <= n; p++ {
			send(p)
		}
		sending += time.Since(start)
		for next() {
			events++
		}
	}
	b.ReportMetric(float64(b.Elapsed()-sending)/float64(events), "ns/event")
	b.ReportMetric(0, "ns/op")
}
