// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Loops without calls. In a domain and on Linux.

package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// spin runs a loop that makes no call until stop is set: nothing but an
// asynchronous preemption can take the processor from it.
func spin(stop *atomic.Bool) (turns uint64) {
	for !stop.Load() {
		turns++
	}
	return turns
}

// preempt needs a sleeping goroutine to run beside a spinning one with
// GOMAXPROCS=1.
func preempt(string) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var stop atomic.Bool
	done := make(chan uint64)
	go func() { done <- spin(&stop) }()
	start := time.Now()
	for range 20 {
		time.Sleep(time.Millisecond)
	}
	waited := time.Since(start)
	stop.Store(true)
	if turns := <-done; turns == 0 {
		return fmt.Errorf("the spinning goroutine never ran")
	}
	if waited > time.Minute {
		return fmt.Errorf("20 sleeps of 1 ms took %v beside a spinning goroutine", waited)
	}
	return nil
}

// preemptGC needs collections to finish beside a spinning goroutine.
func preemptGC(string) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var stop atomic.Bool
	done := make(chan uint64)
	go func() { done <- spin(&stop) }()
	start := time.Now()
	for range 5 {
		time.Sleep(time.Millisecond)
		runtime.GC()
	}
	waited := time.Since(start)
	stop.Store(true)
	<-done
	if waited > 2*time.Minute {
		return fmt.Errorf("5 collections took %v beside a spinning goroutine", waited)
	}
	return nil
}

// parallelLoops runs four spinning goroutines on four Ms, so that the threads
// themselves must be switched, and looks at how evenly they ran.
func parallelLoops(string) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var stop atomic.Bool
	var turns [4]uint64
	var wg sync.WaitGroup
	for i := range turns {
		wg.Go(func() { turns[i] = spin(&stop) })
	}
	time.Sleep(time.Second)
	stop.Store(true)
	wg.Wait()
	for i, n := range turns {
		if n == 0 {
			return fmt.Errorf("loop %d of %v never ran", i, turns)
		}
	}
	return nil
}
