// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The monotonic clock and the wall clock. In a domain and on Linux.

package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/domlet/domlet/rt"
)

// monotonic reads the clock from four threads and holds every reading against
// the latest that any of them had published before.
func monotonic(string) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	origin := time.Now()
	var latest, back atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20_000 {
				readForward(origin, &latest, &back)
			}
		})
	}
	wg.Wait()
	if n := back.Load(); n != 0 {
		return fmt.Errorf("the monotonic clock stepped back by up to %d ns", n)
	}
	return nil
}

// readForward takes one reading; a step back is kept in back, in ns.
func readForward(origin time.Time, latest, back *atomic.Int64) {
	before := latest.Load()
	now := time.Since(origin).Nanoseconds()
	if now < before {
		raise(back, before-now)
	}
	raise(latest, now)
}

// raise stores v where it is larger than what stands there.
func raise(p *atomic.Int64, v int64) {
	for {
		old := p.Load()
		if v <= old || p.CompareAndSwap(old, v) {
			return
		}
	}
}

// wallClock lets both clocks run for a second and compares them. Round drops
// the monotonic reading, so that the second difference is one of wall times.
func wallClock(string) error {
	start := together()
	time.Sleep(time.Second)
	end := together()
	mono := end.Sub(start)
	wall := end.Round(0).Sub(start.Round(0))
	if diff := (wall - mono).Abs(); diff > 20*time.Millisecond {
		return fmt.Errorf("in %v of monotonic time the wall clock moved %v", mono, wall)
	}
	if year := end.UTC().Year(); year < 2026 || year > 2200 {
		return fmt.Errorf("the wall clock says it is %d", year)
	}
	return nil
}

// together reads both clocks with little time between the two, which another reading
// before them bounds.
func together() time.Time {
	for {
		before := time.Now()
		if t := time.Now(); t.Sub(before) < 5*time.Millisecond {
			return t
		}
	}
}

// clockCalls reads both clocks ten thousand times and counts what calls the
// kernel got meanwhile: a few, from the runtime's own threads. In a domain only.
func clockCalls(string) error {
	before := rt.ReadStats().Calls
	for range 10_000 {
		time.Now()
	}
	if n := rt.ReadStats().Calls - before; n > 1000 {
		return fmt.Errorf("%d calls of the kernel during 10 000 readings of the clock", n)
	}
	return nil
}

// printClock prints the wall clock in ns since 1970.
func printClock(string) error {
	fmt.Printf("wall_ns=%d\n", time.Now().UnixNano())
	return nil
}
