// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The scheduler: who runs, who waits, and until when. Kernel, lock held.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/rt/kernel/futex"
	"github.com/domlet/domlet/rt/kernel/timers"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
)

// forever is a deadline that never comes, ns.
const forever = 1<<63 - 1

// slice is how long a thread runs while another one wants the vCPU, in ns.
const slice = 10_000_000

var sched struct {
	ready  futex.Queue // runnable threads, but for the running one
	timers timers.Heap // deadlines of waiting threads
	futex  futex.Table // who waits on which address
	poller uint16      // the thread in netpoll, 0: none
	writer futex.Queue // threads that wait for room on the console
}

// wake makes a waiting thread runnable; its call answers result. A thread whose
// time has come goes to the front: it will want the vCPU for a short while. One
// that has not left the vCPU yet since it began to wait just stays: a thread
// that runs must not stand in the queue too.
func wake(id uint16, result uintptr, front bool) {
	c, t := me(), byID(id)
	if t.wait == runnable {
		die(t, "the kernel woke a thread that does not wait")
	}
	sched.timers.Clear(id)
	t.ax, t.wait = result, runnable
	switch {
	case t.addr() == c.current:
	case front:
		sched.ready.PushFront(id)
		c.sliceEnd = 0
	default:
		sched.ready.Push(id)
	}
}

// park has the running thread wait; ns < 0 is for ever.
func park(t *thread, why wait, ns int64) {
	t.wait = why
	if ns >= 0 {
		sched.timers.Set(t.id, nanotime()+min(ns, forever/2))
	}
}

// expire wakes the threads whose time has come.
func expire() {
	if sched.timers.Len() == 0 {
		return
	}
	now := nanotime()
	for {
		id, when, ok := sched.timers.Min()
		if !ok || when > now {
			return
		}
		timedOut(byID(id))
	}
}

func timedOut(t *thread) {
	result := uintptr(0)
	switch t.wait {
	case inFutex:
		sched.futex.Remove(t.id)
		result = errno(abi.XEN_ETIMEDOUT)
	case inPoll:
		sched.poller = 0
	case inConsole:
		if lookAgain(t) {
			return
		}
		result = t.dx
	}
	wake(t.id, result, true)
}

// leave chooses what runs next and makes ready to resume it. Every way out of
// the kernel ends here.
func leave() {
	c := me()
	for {
		events(c)
		if choose(c) {
			break
		}
		idle(c)
	}
	deliver(running())
	arm(c)
}

// choose makes the next thread current. False: none is runnable.
func choose(c *cpu) bool {
	t := running()
	if t != nil && t.wait == runnable {
		if sched.ready.Len() == 0 || nanotime() < c.sliceEnd {
			return true
		}
		sched.ready.Push(t.id)
	}
	id, ok := sched.ready.Pop()
	if ok {
		switchTo(c, byID(id))
	}
	return ok
}

func switchTo(c *cpu, t *thread) {
	c.sliceEnd = nanotime() + slice
	if t.addr() == c.current {
		return
	}
	c.current = t.addr()
	c.stats.Switches++
}

// idle blocks the vCPU until the next event.
func idle(c *cpu) {
	arm(c)
	before := nanotime()
	block()
	c.stats.Wakeups++
	c.stats.IdleTime += nanotime() - before
}

// arm sets the one-shot timer for the next deadline: a waiting thread's, or the
// end of the slice where somebody wants the vCPU.
func arm(c *cpu) {
	when := int64(forever)
	if _, w, ok := sched.timers.Min(); ok {
		when = w
	}
	if sched.ready.Len() > 0 {
		when = min(when, c.sliceEnd)
	}
	if when == forever || (c.armed != 0 && c.armed <= when) {
		return
	}
	c.armed = when
	t := abi.Vcpu_set_singleshot_timer{Timeout_abs_ns: uint64(when)}
	hypercall.VCPU(abi.VCPUOP_set_singleshot_timer, uintptr(c.id), unsafe.Pointer(&t))
}

// yield lets every other runnable thread go first.
func yield() uintptr {
	me().sliceEnd = 0
	return 0
}
