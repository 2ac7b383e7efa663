// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What several processors are worth. In a domain and on Linux.

package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// work returns how many ns a round of computing takes on average while n
// goroutines compute for a second.
func work(n int) float64 {
	const length = time.Second
	var stop atomic.Bool
	var rounds atomic.Int64
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { rounds.Add(compute(uint64(i), &stop)) })
	}
	time.Sleep(length)
	stop.Store(true)
	wg.Wait()
	return float64(length.Nanoseconds()) / float64(rounds.Load())
}

// compute makes rounds of a thousand steps of xorshift64 until it is stopped.
func compute(state uint64, stop *atomic.Bool) (rounds int64) {
	state = state<<1 | 1
	for ; !stop.Load() && state != 0; rounds++ {
		for range 1000 {
			state ^= state << 13
			state ^= state >> 7
			state ^= state << 17
		}
	}
	return rounds
}
