// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Trials: what a test has the kernel do to itself, in images built with the tag
// domlettest and in no others. Kernel, lock held, but for Trial.

//go:build domlet && domlettest

package kernel

import (
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

// The trials. Those that end the domain say what must end it.
const (
	TrialStack       = iota // runs off the kernel stack
	TrialFaultStack         // runs off the stack on which a trap of the kernel is reported
	TrialTrapStack          // runs off a stack of exceptions, of a PVH domain
	TrialNMIStack           // the same, of another
	TrialDoubleStack        // the same, of the third
	TrialNil                // follows a nil pointer in the kernel
	TrialWalk               // counts the pages that may be used for what they may not
	TrialTable              // answers where the page table of the first page of code lies
	TrialResume             // tears down what Xen keeps for the domain, and sets it up again; answers the generation
	TrialFrame              // returns to the thread with floating-point state read from an address
	TrialBreak              // makes the first page of code writable, for TrialWalk to find
	TrialGate               // answers where the vCPU's first gate for exceptions lies, in a PVH domain
)

// trials is the number of the first trial's call.
const trials = 0x20000

// Trial runs one of the trials and returns its answer. On a thread.
func Trial(which, arg uintptr) uintptr { return doorCall(trials+which, arg, 0, 0, 0, 0, 0) }

// trialCall serves the trials.
func trialCall(t *thread, nr uintptr) uintptr {
	c := me()
	switch nr - trials {
	case TrialStack:
		overrun(c.stack)
	case TrialFaultStack:
		overrun(c.faultStack)
	case TrialTrapStack, TrialNMIStack, TrialDoubleStack:
		overrun(c.machine.Tops[nr-trials-TrialTrapStack])
	case TrialNil:
		byAddr(0).ax = nr
	case TrialWalk:
		return walk()
	case TrialTable:
		pfn, _ := tableOf(textStart(), 1)
		return frame(pfn)
	case TrialResume:
		tearDown(c)
		setUp(c, true)
		return uintptr(generation)
	case TrialFrame:
		if !t.loadFPU(t.di) {
			return errno(abi.XEN_EFAULT)
		}
		t.flags, t.full = flagIF, 1
		return 0
	case TrialBreak:
		protectPages(textStart(), textStart()+raw.PageSize, true, true)
		flushTLB()
		return 0
	case TrialGate:
		return c.machine.Gates()
	}
	return errno(abi.XEN_ENOSYS)
}

// overrun pushes words from top on, without end.
func overrun(top uintptr)
