// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Threads: one per M of the Go runtime. Kernel, lock held.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/rt/kernel/futex"
	"github.com/domlet/domlet/xen/raw"
)

// wait is what a thread waits for.
type wait uint8

const (
	runnable wait = iota // on the run queue, or running
	inFutex
	inSleep
	inPoll
	inConsole
	ended
)

// thread is a thread: a register block and what the kernel keeps of it. It has
// no kernel stack; the kernel never blocks in the middle of a call. Behind it
// lies the area of its floating-point and vector registers (fpu.go).
type thread struct {
	ax    uintptr
	bx    uintptr
	cx    uintptr
	dx    uintptr
	si    uintptr
	di    uintptr
	bp    uintptr
	sp    uintptr
	r8    uintptr
	r9    uintptr
	r10   uintptr
	r11   uintptr
	r12   uintptr
	r13   uintptr
	r14   uintptr
	r15   uintptr
	ip    uintptr
	flags uintptr
	fs    uintptr // FS base: the TLS of the M

	vector uintptr // of the trap that came last
	code   uintptr // its error code
	full   uint8   // all registers count, not only those that a call preserves
	wait   wait
	id     uint16

	mask    uint64  // blocked signals, bit n-1 for signal n
	pending uint64  // signals that wait for delivery
	stack   uintptr // the signal stack, 0: none
	size    uintptr // its size in bytes
	buf     uintptr // inConsole: what is still to be written
	count   uintptr // inConsole: bytes of it
	looks   uint8   // inConsole: looks at the ring since dom0 last took something
	seen    uint64  // inConsole: console.events at the last look
}

// threads holds the address of every thread by id, 0 where there is none. Freed
// threads are kept for reuse: ids and memory are bounded by the peak.
var threads struct {
	at    [futex.MaxThreads]uintptr
	next  uint16 // the lowest id never used
	page  uintptr
	left  uintptr // bytes left in page
	pages uint32
	free  futex.Queue
	live  int
}

func (t *thread) addr() uintptr { return uintptr(unsafe.Pointer(t)) }

// byID returns the thread with that id, nil if there is none.
func byID(id uint16) *thread {
	return (*thread)(raw.Ptr(threads.at[id%futex.MaxThreads]))
}

func byAddr(addr uintptr) *thread { return (*thread)(raw.Ptr(addr)) }

// newThread makes a thread with cleared registers. nil: the domain has no room
// for another.
func newThread() *thread {
	if id, ok := threads.free.Pop(); ok {
		return byID(id).init(id)
	}
	id := threads.next + 1
	if id >= futex.MaxThreads || !threadRoom() {
		return nil
	}
	threads.next = id
	t := (*thread)(raw.Ptr(threads.page + raw.PageSize - threads.left))
	threads.left -= slotSize()
	threads.at[id] = t.addr()
	return t.init(id)
}

// slotSize is the room a thread takes, in bytes: a multiple of 64, at most a page.
func slotSize() uintptr { return fpuArea + fpuSize }

func threadRoom() bool {
	if threads.left >= slotSize() {
		return true
	}
	pfn, ok := takeFrame()
	if ok {
		threads.page, threads.left = frame(pfn), raw.PageSize
		threads.pages++
	}
	return ok
}

// init gives a thread its number and the floating-point state that Linux starts with.
func (t *thread) init(id uint16) *thread {
	*t = thread{id: id, flags: flagIF}
	t.clearFPU(startFCW, startMXCSR)
	threads.live++
	return t
}

// complete makes a whole register block of one that a call left: a call defines
// neither flags nor vector registers, and the block holds older ones.
func (t *thread) complete() {
	if t.full != 0 {
		return
	}
	t.clearFPU(t.control())
	t.flags, t.full = flagIF, 1
}

// drop ends a thread; its id may come again.
func (t *thread) drop() {
	threads.live--
	threads.free.Push(t.id)
}
