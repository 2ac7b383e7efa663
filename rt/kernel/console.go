// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The console as the kernel sees it: Go's own messages through write1, the
// kernel's, and the ring that the posix layer fills. Kernel, lock held.

//go:build domlet

package kernel

import (
	"sync/atomic"
	"unsafe"

	"github.com/domlet/domlet/rt/kernel/slots"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/bytering"
	"github.com/domlet/domlet/xen/raw"
)

// A full ring may make no progress for two seconds before output is dropped.
// They are counted in looks, tick apart (ns): while the host holds all of Xen,
// dom0 included, no looks are taken.
const (
	tick     = 100_000_000
	patience = 20
)

var console struct {
	ring    bytering.Ring
	port    uint32
	last    byte   // the byte that was written last
	dropped uint64 // bytes of write1's
	untold  int64  // bytes that the posix layer dropped and did not name
	events  uint64 // times dom0 took or brought something
	raw     bool   // the program has made the terminal raw

	returned bool // the return before a newline is out, the newline not yet
	refused  bool // that the runtime cannot write into files was said
}

// unread is how many bytes dom0 has not taken; a broken index counts as all.
//
//go:noinline // it has many callers, none of them in a hurry
func unread() uint32 {
	n, ok := console.ring.Unsent()
	if !ok {
		return ^uint32(0)
	}
	return n
}

// put writes what fits. It tells dom0 when dom0 may be asleep, having read all
// that was there before; consoleEvent tells it of what it left. An event for
// each write would starve the domain: xenconsoled serves 150 a second.
func put(p []byte) int {
	before := unread()
	n := cook(p)
	if n == 0 {
		return 0
	}
	console.last = p[n-1]
	if before == 0 || unread() <= uint32(n)*2 {
		notify(console.port)
	}
	return n
}

// cook writes what fits; on a terminal a newline goes out after a return.
func cook(p []byte) (done int) {
	if console.raw || params.console != 0 {
		return console.ring.Write(p)
	}
	for done < len(p) {
		b := p[done : done+1]
		extra := b[0] == '\n' && !console.returned
		if extra {
			b = stringBytes("\r")
		}
		if console.ring.Write(b) == 0 {
			break
		}
		if console.returned = extra; !extra {
			done++
		}
	}
	return done
}

// lost is how many bytes nobody read and nobody was told of.
func lost() uint64 { return console.dropped + uint64(atomic.LoadInt64(&console.untold)) }

// bytesAt makes a slice of memory that the kernel may read.
//
//go:noinline // it has many callers, none of them in a hurry
func bytesAt(addr, n uintptr) []byte { return unsafe.Slice((*byte)(raw.Ptr(addr)), n) }

// write is the runtime's write1: panics, traces, print. The thread waits while
// the ring is full, and only the thread.
func write(t *thread) uintptr {
	if t.di != 1 && t.di != 2 {
		return refuseFile()
	}
	t.dx = uintptr(uint32(t.dx))
	if !readable(t.si, t.dx) {
		return errno(abi.XEN_EFAULT)
	}
	n := t.dx
	t.buf, t.count = t.si, t.dx
	if !advance(t) {
		sched.writer.Push(t.id)
		park(t, inConsole, tick)
	}
	return n
}

// refuseFile answers a write of the runtime's into a file, which is behind code
// that cannot run then: a heap dump (runtime/debug.WriteHeapDump) or what is to
// be kept of a crash (SetCrashOutput). Neither of them looks at the answer.
func refuseFile() uintptr {
	if !console.refused {
		console.refused = true
		put(stringBytes("domlet: the Go runtime cannot write into a file here: no heap dump, no crash output but this\n"))
	}
	return errno(abi.XEN_EBADF)
}

// advance writes more of what the thread wants written. True: all of it is.
func advance(t *thread) bool {
	n := uintptr(put(bytesAt(t.buf, t.count)))
	t.buf, t.count = t.buf+n, t.count-n
	t.looks = 0
	return t.count == 0
}

// lookAgain counts a look since which dom0 has done nothing. False: the patience
// is over, and the rest of the write is dropped; its call answers as if it had
// been written.
func lookAgain(t *thread) bool {
	if t.seen != console.events {
		t.seen, t.looks = console.events, 0
	}
	if t.looks++; t.looks < patience {
		sched.timers.Set(t.id, nanotime()+tick)
		return true
	}
	sched.writer.Remove(t.id)
	console.dropped += uint64(t.count)
	t.count, t.looks = 0, 0
	return false
}

// consoleEvent runs when dom0 took output or brought input.
func consoleEvent() {
	console.events++
	if unread() > 0 {
		notify(console.port)
	}
	raise(0, slots.Read)
	raise(1, slots.Write)
	raise(2, slots.Write)
	raise(consoleSlot, slotsBoth)
	for {
		id, ok := sched.writer.Pop()
		if !ok {
			return
		}
		t := byID(id)
		if !advance(t) {
			sched.writer.PushFront(id)
			sched.timers.Set(id, nanotime()+tick)
			return
		}
		wake(id, t.dx, false)
	}
}

func consoleWriteCall(t *thread) uintptr {
	if !readable(t.di, t.si) {
		return errno(abi.XEN_EFAULT)
	}
	return uintptr(put(bytesAt(t.di, t.si)))
}

func consoleReadCall(t *thread) uintptr {
	if !user(t.di, t.si) {
		return errno(abi.XEN_EFAULT)
	}
	n := console.ring.Read(bytesAt(t.di, t.si))
	if n > 0 {
		notify(console.port)
	}
	return uintptr(n)
}

// say prints a message of the kernel's: it waits for dom0 with the whole domain
// held, so it is for the boot and the end only.
func say(s string) {
	if handed.Console == 0 && sayEarly(s) {
		return
	}
	p := unsafe.Slice(unsafe.StringData(s), len(s))
	for len(p) > 0 {
		n := put(p)
		p = p[n:]
		if n == 0 && !awaitConsole() {
			return
		}
	}
}

// drain waits until dom0 has taken everything.
func drain() {
	if sharedInfo == 0 {
		return // too early for events: xenconsoled reads what is left of a dead domain
	}
	for unread() > 0 && awaitConsole() {
	}
}

// awaitConsole waits for dom0 to take output; false after patience without any.
func awaitConsole() bool {
	before := unread()
	for range patience {
		notify(console.port)
		for end := nanotime() + tick; nanotime() < end; {
			pollRing(&console.ring, console.port, end)
			if unread() != before {
				return true
			}
		}
	}
	return false
}
