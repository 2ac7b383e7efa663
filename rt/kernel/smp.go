// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Several vCPUs: bringing them up, and telling one that there is something to
// do. Kernel, lock held, unless a function says otherwise.

//go:build domlet

package kernel

import (
	"math/bits"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
	"github.com/domlet/domlet/xen/raw"
)

// maxCPUs bounds the vCPUs that are used: Xen's own legacy bound.
const maxCPUs = abi.XEN_LEGACY_MAX_VCPUS

// cpus are the vCPUs that run.
var cpus struct {
	at   [maxCPUs]uintptr // areas
	n    uint32           // vCPUs 0 .. n-1 run
	idle uint64           // bit i: vCPU i is blocked, or about to be, and nobody has woken it
}

func cpuAt(id uint32) *cpu { return (*cpu)(raw.Ptr(cpus.at[id%maxCPUs])) }

// startCPUs brings up the vCPUs that the domain has besides the first. Boot.
func startCPUs() {
	for id := uint32(1); id < maxCPUs && hypercall.VCPU(abi.VCPUOP_is_up, uintptr(id), nil) >= 0; id++ {
		c := newCPU(id)
		if c == nil || !c.equip() {
			say("domlet: not enough memory= for another vCPU\n")
			return
		}
		c.guard()
		startVCPU(c)
		cpus.at[id] = c.self
		cpus.n++
	}
}

// apStart is where a further vCPU begins to run Go, events masked, on its own
// kernel stack.
//
//go:nowritebarrierrec
func apStart() {
	lock()
	setUpCPU(me())
	leave()
}

// interrupt has a vCPU enter the kernel soon.
func interrupt(id uint32) {
	c := me()
	c.stats.Interrupts++
	c.past.note(prodded, uintptr(id), 0)
	if to := cpuAt(id); to.generation == generation {
		notify(to.ipiPort)
	}
}

// share wakes idle vCPUs for the threads that wait for a vCPU; where none is
// idle and c has just ended a thread's turn, another vCPU is made to end one too.
func share(c *cpu, ended bool) {
	n := sched.ready.Len()
	for ; n > 0 && cpus.idle != 0; n-- {
		id := uint32(bits.TrailingZeros64(cpus.idle))
		cpus.idle &^= 1 << id
		interrupt(id)
	}
	if n > 0 && ended {
		hurry(c)
	}
}

// hurry interrupts a vCPU whose thread has had its turn without a timer to say
// so: the threads that wait came after it.
func hurry(c *cpu) {
	now := nanotime()
	for i := uint32(1); i < cpus.n; i++ {
		if o := cpuAt((c.id + i) % cpus.n); o.armed == 0 && o.sliceEnd <= now {
			interrupt(o.id)
			return
		}
	}
}

// runsOn returns the vCPU that runs a thread, nil if none does.
func runsOn(t *thread) *cpu {
	for i := range cpus.n {
		if c := cpuAt(i); c.current == t.addr() {
			return c
		}
	}
	return nil
}

// covered reports whether a vCPU's timer wakes it at or before when.
func covered(when int64) bool {
	for i := range cpus.n {
		if a := cpuAt(i).armed; a != 0 && a <= when {
			return true
		}
	}
	return false
}
