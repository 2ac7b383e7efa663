// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Storms over all processors, each for as long as its argument says. In a domain
// and on Linux.

package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// processors needs ARG processors, seen by all who ask for their number.
func processors(arg string) error {
	want, err := number(arg, 1)
	if err != nil {
		return err
	}
	if cpus, procs := runtime.NumCPU(), runtime.GOMAXPROCS(0); cpus != want || procs != want {
		return fmt.Errorf("NumCPU is %d and GOMAXPROCS %d, want %d", cpus, procs, want)
	}
	return nil
}

// storm runs n workers until the time in arg, a second if it is empty, is over.
func storm(arg string, n int, work func(worker int, stop *atomic.Bool) error) error {
	d, err := duration(arg, time.Second)
	if err != nil {
		return err
	}
	var stop atomic.Bool
	time.AfterFunc(d, func() { stop.Store(true) })
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = work(i, &stop) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// duration reads a case's argument, or gives its default when there is none.
func duration(arg string, unset time.Duration) (time.Duration, error) {
	if arg == "" {
		return unset, nil
	}
	return time.ParseDuration(arg)
}

// counted is a number kept in every way that must not lose an addition.
type counted struct {
	atomic, swapped atomic.Int64
	mu              sync.Mutex
	locked          int64
	rw              sync.RWMutex
	exclusive       int64
}

// add adds one in each way.
func (c *counted) add() {
	c.atomic.Add(1)
	for old := c.swapped.Load(); !c.swapped.CompareAndSwap(old, old+1); old = c.swapped.Load() {
	}
	c.mu.Lock()
	c.locked++
	c.mu.Unlock()
	c.rw.Lock()
	c.exclusive++
	c.rw.Unlock()
	c.rw.RLock()
	defer c.rw.RUnlock()
}

// atomicStorm counts in each way from more goroutines than there are processors.
func atomicStorm(arg string) error {
	var c counted
	var made atomic.Int64
	err := storm(arg, 2*runtime.NumCPU()+1, func(_ int, stop *atomic.Bool) error {
		turns := int64(0)
		for ; !stop.Load(); turns++ {
			c.add()
		}
		made.Add(turns)
		return nil
	})
	n := made.Load()
	for _, got := range []int64{c.atomic.Load(), c.swapped.Load(), c.locked, c.exclusive} {
		if got != n {
			return fmt.Errorf("of %d additions %d counted", n, got)
		}
	}
	fmt.Printf("atomic_additions=%d\n", n)
	return err
}

// channelStorm sends numbers through channels of three capacities, chosen by
// select on both sides, and wants each number once.
func channelStorm(arg string) error {
	lanes := [3]chan int64{make(chan int64), make(chan int64, 1), make(chan int64, 64)}
	pairs := runtime.NumCPU() + 1
	var sent, got, count atomic.Int64
	var readers sync.WaitGroup
	for range pairs {
		readers.Go(func() {
			for v := range receive(lanes) {
				got.Add(v)
				count.Add(-1)
			}
		})
	}
	err := storm(arg, pairs, func(worker int, stop *atomic.Bool) error {
		for v := int64(worker); !stop.Load(); v += int64(pairs) {
			sent.Add(v)
			count.Add(1)
			select {
			case lanes[0] <- v:
			case lanes[1] <- v:
			case lanes[2] <- v:
			}
		}
		return nil
	})
	for _, lane := range lanes {
		close(lane)
	}
	readers.Wait()
	if sent.Load() != got.Load() || count.Load() != 0 {
		return fmt.Errorf("numbers with the sum %d were sent, %d arrived; %d are missing", sent.Load(), got.Load(), count.Load())
	}
	return err
}

// receive yields what comes through the lanes until all are closed.
func receive(lanes [3]chan int64) func(yield func(int64) bool) {
	return func(yield func(int64) bool) {
		for lanes[0] != nil || lanes[1] != nil || lanes[2] != nil {
			lane := 0
			var v int64
			var ok bool
			select {
			case v, ok = <-lanes[0]:
			case v, ok = <-lanes[1]:
				lane = 1
			case v, ok = <-lanes[2]:
				lane = 2
			}
			if !ok {
				lanes[lane] = nil
			} else if !yield(v) {
				return
			}
		}
	}
}

// collectorStorm churns a checksummed graph on each processor while collections
// never stop and memory is given back.
func collectorStorm(arg string) error {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	n := runtime.NumCPU() + 1
	return storm(arg, n+1, func(worker int, stop *atomic.Bool) error {
		g := newGraph(1600/n, uint64(worker))
		for round := 0; !stop.Load(); round++ {
			if worker == n {
				runtime.GC()
				debug.FreeOSMemory()
			} else if err := churnAndCheck(g, 1); err != nil {
				return fmt.Errorf("worker %d, round %d: %w", worker, round, err)
			}
		}
		return nil
	})
}

// sleepStorm sleeps for random times up to 2 ms on every processor, so that
// each goes idle now and then, and wants no sleep to be short or lost.
func sleepStorm(arg string) error {
	return storm(arg, 3*runtime.NumCPU(), func(worker int, stop *atomic.Bool) error {
		random := rand.New(rand.NewPCG(uint64(worker), 5))
		for !stop.Load() {
			d := time.Duration(random.Int64N(int64(2 * time.Millisecond)))
			start := time.Now()
			time.Sleep(d)
			if waited := time.Since(start); waited < d || waited > d+lostAfter {
				return fmt.Errorf("a sleep of %v took %v", d, waited)
			}
		}
		return nil
	})
}

// wakeStorm passes words between pairs of threads. Each waits as a thread, so
// each word is a futex wake, often of a processor that is idle.
func wakeStorm(arg string) error {
	return storm(arg, runtime.NumCPU()+1, func(_ int, stop *atomic.Bool) error {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		there, back := make(chan int), make(chan int)
		defer close(there)
		go relay(there, back)
		limit := time.NewTimer(lostAfter)
		for i := 0; !stop.Load(); i++ {
			limit.Reset(lostAfter)
			there <- i
			select {
			case got := <-back:
				if got != i+1 {
					return fmt.Errorf("word %d came back as %d", i, got)
				}
			case <-limit.C:
				return fmt.Errorf("word %d was lost", i)
			}
		}
		return nil
	})
}

// loopStorm runs a loop without calls on every processor and one more. All must
// get their turns, beside a sleeper and the collector; the loops go on until all
// have, since many processors may have to share one.
func loopStorm(arg string) error {
	turns := make([]loopTurns, runtime.NumCPU()+1)
	n := len(turns)
	var halt atomic.Bool
	slowest := time.Duration(0)
	err := storm(arg, n+1, func(worker int, stop *atomic.Bool) error {
		if worker < n {
			turns[worker].spin(&halt)
			return nil
		}
		defer halt.Store(true)
		for begin := time.Now(); !stop.Load() || starving(turns) >= 0 && time.Since(begin) < lostAfter; {
			start := time.Now()
			time.Sleep(time.Millisecond)
			runtime.GC()
			slowest = max(slowest, time.Since(start))
		}
		return nil
	})
	if i := starving(turns); i >= 0 {
		return fmt.Errorf("loop %d of %d never ran", i, n)
	}
	if slowest > 3*lostAfter {
		return fmt.Errorf("a sleep of 1 ms and a collection took %v beside spinning goroutines", slowest)
	}
	return err
}

// loopTurns counts the turns of one loop, on a cache line of its own.
type loopTurns struct {
	n atomic.Uint64
	_ [56]byte
}

// spin makes no call: nothing but an asynchronous preemption can stop it earlier.
func (l *loopTurns) spin(halt *atomic.Bool) {
	for !halt.Load() {
		l.n.Add(1)
	}
}

// starving returns a loop that has had no turn, -1 if there is none.
func starving(turns []loopTurns) int {
	for i := range turns {
		if turns[i].n.Load() == 0 {
			return i
		}
	}
	return -1
}
