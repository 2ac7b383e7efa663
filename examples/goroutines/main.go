// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command goroutines hashes a few thousand blocks with a pool of workers while a
// ticker reports progress: goroutines, channels, a select and timers, in a
// domain of their own.
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"runtime"
	"sync"
	"time"
)

const blocks = 4096

func main() {
	start := time.Now()
	work, sums := make(chan uint64), make(chan [32]byte)
	var pool sync.WaitGroup
	for range 4 {
		pool.Go(func() { worker(work, sums) })
	}
	go feed(work)
	go func() { pool.Wait(); close(sums) }()
	total := collect(sums)
	fmt.Printf("%d blocks by 4 goroutines on %d vCPU: %x\n", blocks, runtime.NumCPU(), total)
	fmt.Printf("took %v\n", time.Since(start).Round(time.Millisecond))
}

// feed hands out the numbers of all blocks.
func feed(work chan<- uint64) {
	for i := range uint64(blocks) {
		work <- i
	}
	close(work)
}

// worker hashes a block of 4 KiB for each number it is given.
func worker(work <-chan uint64, sums chan<- [32]byte) {
	var block [4096]byte
	for i := range work {
		binary.LittleEndian.PutUint64(block[:], i)
		sums <- sha256.Sum256(block[:])
	}
}

// collect joins the sums, in an order that does not matter, and reports every
// half second how many have come.
func collect(sums <-chan [32]byte) (total [8]byte) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for done := 0; ; {
		select {
		case sum, more := <-sums:
			if !more {
				return total
			}
			done++
			for i := range total {
				total[i] ^= sum[i]
			}
		case <-tick.C:
			fmt.Printf("%d of %d\n", done, blocks)
		}
	}
}
