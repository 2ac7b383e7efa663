// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file checks in dom0 that floating-point registers keep their contents
// while a guest is busy. A hypervisor that switches them wrongly shows up as
// crashes of every program in every domain, so the lab looks for it at start.

package agent

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"time"
)

// minRounds is how many rounds each thread makes even when the time is over: on a
// busy machine a second holds few.
const minRounds = 100

// CheckFPU computes the same sums over and over in two threads, for the given
// time or a little longer, and returns how many rounds it made. The sums live in registers, so a
// register that changes between two instructions changes a result.
func CheckFPU(d time.Duration) (rounds int, err error) {
	const threads = 2
	var wg sync.WaitGroup
	var counts, bad [threads]int
	deadline := time.Now().Add(d)
	for i := range threads {
		wg.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			want := fpuRound(float64(i + 1))
			for time.Now().Before(deadline) || counts[i] < minRounds {
				counts[i]++
				if fpuRound(float64(i+1)) != want {
					bad[i]++
				}
			}
		})
	}
	wg.Wait()
	rounds = counts[0] + counts[1]
	if n := bad[0] + bad[1]; n > 0 {
		return rounds, fmt.Errorf("floating-point registers change by themselves (%d of %d checks failed): this Xen and QEMU cannot be used", n, rounds)
	}
	return rounds, nil
}

// fpuRound runs six independent sums for about a hundred thousand additions.
func fpuRound(seed float64) uint64 {
	a, b, c := seed, seed+1, seed+2
	d, e, f := seed+3, seed+4, seed+5
	for range 20000 {
		a, b, c = a*0.5+1, b*0.25+2, c*0.125+3
		d, e, f = d*0.75+4, e*0.625+5, f*0.875+6
	}
	return math.Float64bits(a) ^ math.Float64bits(b)<<1 ^ math.Float64bits(c)<<2 ^
		math.Float64bits(d)<<3 ^ math.Float64bits(e)<<4 ^ math.Float64bits(f)<<5
}
