// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Signals: masks, handlers, and who has which pending. Kernel, lock held.

//go:build domlet

package kernel

import (
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

// Signals that the kernel itself raises or treats apart (asm/signal.h).
const (
	sigILL  = 4
	sigTRAP = 5
	sigBUS  = 7
	sigFPE  = 8
	sigSEGV = 11
	sigPROF = 27
	signals = 64
)

// toAny are the signals that the first thread to leave the kernel without
// blocking them takes.
var toAny uint64

// action is Linux's struct sigaction as the runtime fills it.
type action struct {
	handler, flags, restorer uintptr
	mask                     uint64
}

// Flags and special handlers of an action.
const (
	sigDefault = 0
	sigIgnore  = 1
	saNodefer  = 0x40000000
	saOnstack  = 0x08000000
)

// Default is to end the domain, but for these: CHLD, CONT, URG, WINCH; and STOP,
// TSTP, TTIN, TTOU, after which nobody could have it go on.
const ignoredByDefault = 1<<16 | 1<<17 | 1<<22 | 1<<27 | 1<<18 | 1<<19 | 1<<20 | 1<<21

var actions [signals + 1]action

func bit(sig uintptr) uint64 { return 1 << ((sig - 1) % 64) }

func sigaction(t *thread) uintptr {
	sig, next, old := t.di, t.si, t.dx
	const size = 32
	if sig == 0 || sig > signals {
		return errno(abi.XEN_EINVAL)
	}
	if old != 0 {
		if !user(old, size) {
			return errno(abi.XEN_EFAULT)
		}
		*(*action)(raw.Ptr(old)) = actions[sig]
	}
	if next != 0 {
		if !user(next, size) {
			return errno(abi.XEN_EFAULT)
		}
		actions[sig] = *(*action)(raw.Ptr(next))
	}
	return 0
}

func sigprocmask(t *thread) uintptr {
	const block, unblock, set = 0, 1, 2
	how, next, old := t.di, t.si, t.dx
	before := t.mask
	if next != 0 {
		if !user(next, 8) {
			return errno(abi.XEN_EFAULT)
		}
		m := *raw.Word64(next, 0)
		switch how {
		case block:
			t.mask |= m
		case unblock:
			t.mask &^= m
		case set:
			t.mask = m
		}
	}
	if old != 0 {
		if !user(old, 8) {
			return errno(abi.XEN_EFAULT)
		}
		*raw.Word64(old, 0) = before
	}
	return 0
}

// stackT is Linux's stack_t.
type stackT struct {
	sp    uintptr
	flags int32
	size  uintptr
}

func sigaltstack(t *thread) uintptr {
	const size, disable = 24, 2
	next, old := t.di, t.si
	if old != 0 {
		if !user(old, size) {
			return errno(abi.XEN_EFAULT)
		}
		s := stackT{sp: t.stack, size: t.size}
		if t.stack == 0 {
			s.flags = disable
		}
		*(*stackT)(raw.Ptr(old)) = s
	}
	if next != 0 {
		if !user(next, size) {
			return errno(abi.XEN_EFAULT)
		}
		s := *(*stackT)(raw.Ptr(next))
		t.stack, t.size = s.sp, s.size
		if s.flags&disable != 0 {
			t.stack, t.size = 0, 0
		}
	}
	return 0
}

// send makes a signal pending for a thread. It is delivered when that thread
// next leaves the kernel, which one that runs is made to enter; it interrupts no
// wait.
func send(t *thread, sig uintptr) uintptr {
	if t == nil || sig > signals {
		return errno(abi.XEN_EINVAL)
	}
	if sig != 0 {
		t.pending |= bit(sig)
		if c := runsOn(t); c != nil && c != me() {
			interrupt(c.id)
		}
	}
	return 0
}

// tgkill sends a signal to the thread of a number.
func tgkill(id, sig uintptr) uintptr {
	if id == 0 || id > uintptr(threads.next) || byID(uint16(id)).wait == ended {
		return errno(abi.XEN_ESRCH)
	}
	return send(byID(uint16(id)), sig)
}

// sendAny makes a signal pending for the program. Where no thread runs that would
// take it, it wakes one that waits: futex, sleep and poll may end for no reason.
func sendAny(sig uintptr) {
	toAny |= bit(sig)
	var waiter *thread
	for id := uint16(1); id <= threads.next; id++ {
		t := byID(id)
		switch {
		case t.wait == ended || t.wait == inConsole || t.mask&bit(sig) != 0:
		case t.wait != runnable:
			waiter = t
		default:
			if c := runsOn(t); c != nil && c != me() {
				interrupt(c.id)
			}
			return
		}
	}
	if waiter != nil {
		endWait(waiter, 0)
	}
}

// deliver has the thread enter the handler of its first deliverable signal.
func deliver(t *thread) {
	for (t.pending|toAny)&^t.mask != 0 {
		sig := lowest1((t.pending | toAny) &^ t.mask)
		t.pending &^= bit(sig)
		toAny &^= bit(sig)
		a := &actions[sig%(signals+1)]
		switch {
		case a.handler == sigIgnore:
		case a.handler == sigDefault && bit(sig)&ignoredByDefault != 0:
		case a.handler == sigDefault:
			dieOfSignal(sig)
		default:
			enter(t, a, sig, siginfo{signo: int32(sig), code: fromUser})
			return
		}
	}
}
