// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The kernel lock: one vCPU at a time is in the kernel. Kernel.

//go:build domlet

package kernel

import (
	"sync/atomic"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
)

// spins is how often a vCPU looks at the lock before it offers its turn to the
// hypervisor: the holder may be a vCPU that has no processor at the moment.
const spins = 256

// kernelLock is 1 while a vCPU is in the kernel.
var kernelLock uint32

// lock enters the kernel. Every Go function that assembly calls begins with it,
// events masked; leave ends it.
func lock() {
	for !atomic.CompareAndSwapUint32(&kernelLock, 0, 1) {
		await()
	}
}

// await returns when the lock looks free.
func await() {
	for i := 1; atomic.LoadUint32(&kernelLock) != 0; i++ {
		if i%spins != 0 {
			pause()
			continue
		}
		me().stats.Spins++
		hypercall.Sched(abi.SCHEDOP_yield, nil)
	}
}

func unlock() { atomic.StoreUint32(&kernelLock, 0) }
