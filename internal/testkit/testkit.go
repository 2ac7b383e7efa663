// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package testkit is what the host tests of the pure rooms share: randomness
// that can be repeated, and memory that notices a write beside it.
package testkit

import (
	"bytes"
	"flag"
	"math/rand"
	"runtime"
	"testing"
	"time"
	"unsafe"
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

const (
	pageSize = 4096
	rubbish  = 0xee
)

// Memory returns n bytes of rubbish at a multiple of 4096, which stay where
// they are until the test ends. On either side lies a page that must not be
// written; the test fails if it was.
func Memory(t testing.TB, n int) (uintptr, []byte) {
	all := bytes.Repeat([]byte{rubbish}, n+3*pageSize)
	start := pageSize + int(-uintptr(unsafe.Pointer(&all[0]))%pageSize)
	t.Cleanup(func() {
		intact(t, all[:start])
		intact(t, all[start+n:])
		runtime.KeepAlive(all)
	})
	return uintptr(unsafe.Pointer(&all[start])), all[start : start+n : start+n]
}

// Zeroed is Memory cleared.
func Zeroed(t testing.TB, n int) (uintptr, []byte) {
	addr, mem := Memory(t, n)
	clear(mem)
	return addr, mem
}

func intact(t testing.TB, guard []byte) {
	for i, b := range guard {
		if b != rubbish {
			t.Errorf("byte %d of a guard of %d was written: %#x", i, len(guard), b)
			return
		}
	}
}
