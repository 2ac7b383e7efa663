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
// time has come goes to the front: it will want a vCPU for a short while, and
// gets this one if none is idle. One that has not left its vCPU yet since it
// began to wait just stays: a thread that runs must not stand in the queue too.
func wake(id uint16, result uintptr, front bool) {
	c, t := me(), byID(id)
	if t.wait == runnable {
		die(t, "the kernel woke a thread that does not wait")
	}
	sched.timers.Clear(id)
	t.ax, t.wait = result, runnable
	c.past.note(woken, uintptr(id), result)
	switch {
	case t.addr() == c.current:
	case front:
		sched.ready.PushFront(id)
		if cpus.idle == 0 {
			c.sliceEnd = 0
		}
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
		result = errno(abi.XEN_ETIMEDOUT)
	case inConsole:
		if lookAgain(t) {
			return
		}
		result = t.dx
	}
	endWait(t, result)
}

// endWait wakes a thread that waits, but for the console, without what it waits
// for having come.
func endWait(t *thread, result uintptr) {
	switch t.wait {
	case inFutex:
		sched.futex.Remove(t.id)
	case inPoll:
		sched.poller = 0
	}
	wake(t.id, result, true)
}

// leave chooses what runs next, makes ready to resume it, and gives the kernel
// up. Every way out of the kernel ends here.
func leave() {
	c := me()
	if profiling != 0 {
		takeSample(c)
	}
	for {
		events(c)
		ended, ok := choose(c)
		share(c, ended)
		if ok {
			break
		}
		idle(c)
	}
	deliver(running())
	arm(c)
	unlock()
}

// choose makes the next thread current. ended: the one before had its turn and
// waits for another. Not ok: none is runnable, and none is current.
func choose(c *cpu) (ended, ok bool) {
	before := c.current
	if t := running(); t != nil && t.wait == runnable {
		if sched.ready.Len() == 0 || nanotime() < c.sliceEnd {
			return false, true
		}
		sched.ready.Push(t.id)
		ended = true
	}
	// From here on any vCPU may run the thread that was current.
	c.current = 0
	id, ok := sched.ready.Pop()
	if !ok {
		return false, false
	}
	c.current = byID(id).addr()
	c.sliceEnd = nanotime() + slice
	if c.current != before {
		c.stats.Switches++
		c.past.note(switched, uintptr(id), byID(id).ip)
	}
	return ended, true
}

// idle blocks the vCPU until the next event, and gives the kernel up meanwhile.
// An event that comes between the two is pending when block looks.
func idle(c *cpu) {
	arm(c)
	cpus.idle |= 1 << c.id
	c.blocked = nanotime()
	c.past.note(slept, uintptr(c.armed), 0)
	unlock()
	block()
	lock()
	cpus.idle &^= 1 << c.id
	c.stats.Wakeups++
	c.stats.IdleTime += nanotime() - c.blocked
	c.blocked = 0
}

// arm sets the one-shot timer for the end of the turn, where somebody wants the
// vCPU, or for the next deadline of a waiting thread, unless another vCPU will
// wake for it, or for a sample.
func arm(c *cpu) {
	when := int64(forever)
	if sched.ready.Len() > 0 && c.current != 0 {
		when = c.sliceEnd
	}
	if profiling != 0 && c.current != 0 {
		when = min(when, c.sample+c.stats.IdleTime)
	}
	if _, w, ok := sched.timers.Min(); ok && w < when && !covered(w) {
		when = w
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
