// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How much more a program computes on several processors. In a domain and on Linux.

package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

// scaling prints how much more work is done in ARG (a duration) by a goroutine on
// each processor than by one alone, in percent: 100 for each processor would be
// perfect.
func scaling(arg string) error {
	alone, err := computed(arg, 1)
	if err != nil {
		return err
	}
	cpus := runtime.NumCPU()
	together, err := computed(arg, cpus)
	if err != nil {
		return err
	}
	fmt.Printf("processors=%d scaling_percent=%d\n", cpus, 100*together/alone)
	return nil
}

// computed returns how many rounds n workers make in a time.
func computed(arg string, n int) (rounds int64, err error) {
	var total atomic.Int64
	err = storm(arg, n, func(worker int, stop *atomic.Bool) error {
		made, state := int64(0), uint64(worker)
		for ; !stop.Load(); made++ {
			state = mix(state)
		}
		if state == 0 {
			return fmt.Errorf("worker %d computed zero", worker)
		}
		total.Add(made)
		return nil
	})
	return max(1, total.Load()), err
}

// mix is a thousand steps of a generator whose state is never zero (xorshift64).
func mix(state uint64) uint64 {
	state |= 1
	for range 1000 {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
	}
	return state
}
