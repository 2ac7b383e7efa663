// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package testkit is what the host tests of the pure rooms share: randomness
// that can be repeated, memory that notices a write beside it, and how much is in
// use. Host.
package testkit

import (
	"flag"
	"math/rand"
	"runtime"
	"testing"
	"time"
)

var seed = flag.Int64("seed", 0, "seed of the random tests; 0 takes the clock")

// Seed returns the seed of this run and prints what repeats the test.
func Seed(t testing.TB) int64 {
	s := *seed
	if s == 0 {
		s = time.Now().UnixNano()
	}
	t.Logf("repeat with -seed=%d", s)
	return s
}

// Rand returns the random source of a test and prints what repeats it. It is
// for one goroutine.
func Rand(t testing.TB) *rand.Rand { return rand.New(rand.NewSource(Seed(t))) }

// InUse is how many bytes of heap and stacks are in use after a collection.
func InUse() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}
