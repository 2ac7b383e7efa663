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
	"github.com/domlet/domlet/xen/raw"
)

var pool entropy.Pool

// seedEntropy gathers at least 256 bits, or ends the domain: a generator
// without a source is worse than none.
func seedEntropy() {
	_, leaf7, _, _ := policy(7, 0) // EBX bit 18: RDSEED
	_, _, leaf1, _ := policy(1, 0) // ECX bit 30: RDRAND
	for range 4 {
		gather(leaf7, leaf1)
	}
	if !pool.Ready() {
		say("domlet: no source of entropy: the CPU has neither RDSEED nor RDRAND\n")
		crash()
	}
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
func entropyBytes(addr, n uintptr) { pool.Read((*byte)(raw.Ptr(addr)), n) }

// randomCall fills memory of the program's.
func randomCall(t *thread) uintptr {
	if !user(t.di, t.si) {
		return errno(abi.XEN_EFAULT)
	}
	entropyBytes(t.di, t.si)
	return t.si
}
