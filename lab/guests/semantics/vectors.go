// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// AVX registers across preemption, signals and collections. In a domain and on
// Linux.

package main

import (
	"bytes"
	"errors"
	"fmt"
)

// holdYMM puts a pattern made from seed into Y0 to Y14, turns them in a loop, and
// reports how many of the registers are not as they must be then.
func holdYMM(seed uint64, turns uint64) (changed uint64)

// cpuid1 returns ECX of CPUID leaf 1, xcr0 the lower half of that register.
func cpuid1() (c uint32)
func xcr0() (a uint32)

// errNoAVX is what the cases of this file fail with where AVX is off.
var errNoAVX = errors.New("AVX is not usable here: CPUID.OSXSAVE and XCR0 do not offer it")

func usableAVX() bool {
	const osxsave, both = 1 << 27, 6
	return cpuid1()&osxsave != 0 && xcr0()&both == both
}

// ymmRegisters holds different patterns in the registers of four threads while
// the kernel switches between them and signals interrupt them.
func ymmRegisters(string) error {
	if !usableAVX() {
		return errNoAVX
	}
	return besides(func(worker int) error {
		for round := range uint64(10) {
			seed := uint64(worker+1)<<56 | round
			if n := holdYMM(seed, 400_000); n != 0 {
				return fmt.Errorf("round %d: %d of 15 registers changed", round, n)
			}
		}
		return nil
	})
}

// vectorCode runs the AVX2 code of package bytes, on memory whose answers are
// known, beside collections.
func vectorCode(string) error {
	if !usableAVX() {
		return errNoAVX
	}
	return besides(func(worker int) error {
		block := bytes.Repeat([]byte{byte(worker)}, 1<<16)
		for round := range 300 {
			at := round * 211 % len(block)
			block[at] = 0xff
			found, count, same := bytes.IndexByte(block, 0xff), bytes.Count(block, block[at:at+1]), bytes.Clone(block)
			if found != at || count != 1 || !bytes.Equal(block, same) {
				return fmt.Errorf("round %d: found at %d, %d times, want at %d, once", round, found, count, at)
			}
			block[at] = byte(worker)
		}
		return nil
	})
}
