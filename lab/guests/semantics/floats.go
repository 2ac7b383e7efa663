// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Floating-point state across preemption, signals and collections. In a domain and
// on Linux.

package main

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// holdXMM puts a pattern made from seed into X0 to X14, spins for the given
// number of turns, and reports how many of the registers changed meanwhile.
func holdXMM(seed uint64, turns uint64) (changed uint64)

// interfere keeps the collector and the scheduler busy until stop is set, so
// that whatever computes beside it is interrupted all the time.
func interfere(stop *atomic.Bool) {
	for !stop.Load() {
		runtime.GC()
		time.Sleep(100 * time.Microsecond)
	}
}

// besides runs f in several goroutines beside interfere.
func besides(f func(worker int) error) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var stop atomic.Bool
	go interfere(&stop)
	defer stop.Store(true)
	errs := make([]error, 4)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("goroutine %d: %w", i, err)
		}
	}
	return nil
}

// xmmRegisters holds different patterns in the registers of four threads while
// the kernel switches between them.
func xmmRegisters(string) error {
	return besides(func(worker int) error {
		for round := range uint64(10) {
			seed := uint64(worker+1)<<56 | round
			if n := holdXMM(seed, 1_000_000); n != 0 {
				return fmt.Errorf("round %d: %d of 15 registers changed", round, n)
			}
		}
		return nil
	})
}

// orbit is a loop without calls whose state stands in floating-point registers:
// a symplectic turn about the origin, which any lost bit changes for good.
func orbit(steps int) (x, y, energy float64) {
	x, y = 1, 0
	for range steps {
		y -= x * 0.001
		x += y * 0.001
		energy += x*x + y*y
	}
	return x, y, energy
}

// floatLoops repeats one computation and wants the same bits each time.
func floatLoops(string) error {
	const steps = 200_000
	wantX, wantY, wantEnergy := orbit(steps)
	return besides(func(int) error {
		for round := range 5 {
			x, y, energy := orbit(steps)
			if !same(x, wantX) || !same(y, wantY) || !same(energy, wantEnergy) {
				return fmt.Errorf("round %d: got %v %v %v, want %v %v %v",
					round, x, y, energy, wantX, wantY, wantEnergy)
			}
		}
		return nil
	})
}

func same(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }
