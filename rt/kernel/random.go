// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The domain's randomness: one generator, seeded before anything asks. Kernel,
// lock held.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/rt/kernel/entropy"
	"github.com/domlet/domlet/xen/abi"
)

var pool entropy.Pool

// seedEntropy gathers at least 256 bits, or ends the domain: a generator
// without a source is worse than none.
func seedEntropy() {
	_, b, c, _ := leaf17()
	for range 4 {
		gather(b, c)
	}
	if !pool.Ready() {
		say("domlet: no source of entropy: the CPU has neither RDSEED nor RDRAND\n")
		crash()
	}
}

// leaf17 joins CPUID leaf 7 EBX (RDSEED, bit 18) and leaf 1 ECX (RDRAND, bit 30).
func leaf17() (a, b, c, d uint32) {
	_, b, _, _ = cpuid(7, 0)
	_, _, c, _ = cpuid(1, 0)
	return 0, b, c, 0
}

// gather mixes in one seed: four words of hardware randomness, each with the
// time at which it came.
func gather(leaf7, leaf1 uint32) {
	var seed [4]uint64
	for i := range seed {
		v, bits := hardware(leaf7, leaf1)
		seed[i] = v ^ rdtsc()<<32 ^ uint64(nanotime())
		pool.Credit(bits)
	}
	pool.Mix((*[32]byte)(unsafe.Pointer(&seed)))
}

// hardware returns a word of randomness and how many bits of entropy to count:
// RDSEED is a source; RDRAND is a generator fed by one, counted half.
func hardware(leaf7, leaf1 uint32) (uint64, uint32) {
	for range 64 {
		if leaf7&(1<<18) != 0 {
			if v, ok := rdseed(); ok {
				return v, 64
			}
		}
		if leaf1&(1<<30) != 0 {
			if v, ok := rdrand(); ok {
				return v, 32
			}
		}
	}
	return 0, 0
}

// entropyBytes fills n bytes of kernel memory.
func entropyBytes(addr, n uintptr) { pool.Read((*byte)(rawPtr(addr)), n) }

// randomCall fills memory of the program's.
func randomCall(t *thread) uintptr {
	if !user(t.di, t.si) {
		return errno(abi.XEN_EFAULT)
	}
	entropyBytes(t.di, t.si)
	return t.si
}
