// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Memory that goes and comes back while all processors look at it. In a domain and
// on Linux.

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// A lookout is a thread that reads a block whenever it is given one.
type lookout struct {
	blocks chan []uint64
	found  chan error
}

// shootdown fills a block, has a thread for each processor read all of it, gives
// it back to the kernel, and starts again: the next block is likely to have the
// same address and other pages. A processor that remembers the old ones sees what
// was never written there.
func shootdown(arg string) error {
	lookouts := make([]lookout, runtime.NumCPU()+1)
	var wg sync.WaitGroup
	for i := range lookouts {
		lookouts[i] = lookout{make(chan []uint64), make(chan error)}
		wg.Go(lookouts[i].run)
	}
	rounds := 0
	err := storm(arg, 1, func(_ int, stop *atomic.Bool) error {
		for ; !stop.Load(); rounds++ {
			if err := showAround(lookouts, uint64(rounds)); err != nil {
				return fmt.Errorf("round %d: %w", rounds, err)
			}
			debug.FreeOSMemory()
		}
		return nil
	})
	for _, l := range lookouts {
		close(l.blocks)
	}
	wg.Wait()
	fmt.Printf("shootdown_rounds=%d\n", rounds)
	return err
}

// showAround has all lookouts read one new block.
//
//go:noinline
func showAround(lookouts []lookout, round uint64) error {
	block := make([]uint64, mebibyte/8)
	for i := range block {
		block[i] = round<<32 + uint64(i)
	}
	for _, l := range lookouts {
		l.blocks <- block
	}
	var first error
	for _, l := range lookouts {
		if err := <-l.found; first == nil {
			first = err
		}
	}
	return first
}

// run reads blocks on a thread of its own. What a block holds follows from its
// first word.
func (l lookout) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for block := range l.blocks {
		l.found <- consistent(block)
	}
}

func consistent(block []uint64) error {
	for i, word := range block {
		if want := block[0] + uint64(i); word != want {
			return fmt.Errorf("word %d at %p is %#x, want %#x", i, &block[i], word, want)
		}
	}
	return nil
}
