// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How a domain ends, and what it says then. Kernel, lock held; nothing here
// comes back.

//go:build domlet

package kernel

import (
	"sync/atomic"
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
)

// fatal is set when Go has begun to report a fatal error: what it exits with
// afterwards means a crash.
var fatal bool

// reason is why the domain ends when the program does (SHUTDOWN_*): to stay down,
// unless it was asked to reboot.
var reason uint32 = abi.SHUTDOWN_poweroff

// lastWill is the argument of the shutdown that giveUp asks for.
var lastWill abi.Sched_shutdown

//go:linkname domletFatal runtime.domletFatal
//go:nosplit // called while a goroutine dies of a stack overflow
func domletFatal() { fatal = true }

// exit ends the domain with a status, or as a crash after a fatal error of Go's.
func exit(code int) {
	if fatal {
		crash()
	}
	end("exit ", code&0xff, reason)
}

// crash ends the domain as crashed; why was said before.
//
//go:noinline // it is called in many places
func crash() {
	end("panic", -1, abi.SHUTDOWN_crash)
}

// end says how the domain ended, in xenstore and on the console, and ends it.
// xenstored has the time that dom0 takes to read the console, and some.
func end(how string, code int, why uint32) {
	noteEnd(how, code)
	lastLine(how, code, why)
	awaitStore()
	shutdown(why)
}

// lastLine prints what mkimage looks for at the end of a console: a line of its
// own, which says so when the program's output did not end with a newline.
func lastLine(how string, code int, why uint32) {
	midline := console.last != '\n' && console.last != 0
	if n := lost(); n > 0 {
		say("\ndomlet: console: ")
		sayNumber(n)
		say(" bytes dropped: nobody read them\n")
		midline = false
	}
	if midline {
		say("\r\n")
	}
	say("domlet: ")
	say(how)
	if code >= 0 {
		sayNumber(uint64(code))
	}
	if why == abi.SHUTDOWN_reboot {
		say(" (reboot)")
	}
	if midline {
		say(" (output ended mid-line)")
	}
	say("\n")
	drain()
}

func shutdown(why uint32) {
	s := abi.Sched_shutdown{Reason: why}
	hypercall.Sched(abi.SCHEDOP_shutdown, unsafe.Pointer(&s))
	for {
		block()
	}
}

// outOfMemory ends the domain for want of frames.
func outOfMemory(what string, pages uintptr) {
	sayOutOfMemory(what, pages)
	crash()
}

// sayOutOfMemory says what could not be had, and how much the domain had. From
// then on the reserve may be used, for Go's own last words.
func sayOutOfMemory(what string, pages uintptr) {
	if memory.dying {
		return
	}
	memory.dying = true
	say("\ndomlet: out of memory: ")
	sayNumber(uint64(pages) * 4)
	say(" KiB wanted for ")
	if memory.tableless {
		say("the page table of ")
	}
	say(what)
	say(", ")
	sayNumber(uint64(memory.frames.Available()) * 4)
	say(" KiB free; the domain has ")
	sayNumber(uint64(memory.total) * 4)
	say(" KiB (memory= in its configuration)\n")
}

// die ends the domain because of a thread, with its registers.
func die(t *thread, why string) {
	say("\ndomlet: ")
	say(why)
	say("\n")
	dump(t)
	crash()
}

// dumping are the signals that by default are a crash: those at which Linux
// dumps core (QUIT, ILL, TRAP, ABRT, BUS, FPE, SEGV, XCPU, XFSZ, SYS).
const dumping = 1<<2 | 1<<3 | 1<<4 | 1<<5 | 1<<6 | 1<<7 | 1<<10 | 1<<23 | 1<<24 | 1<<30

// dieOfSignal ends the domain as a signal ends a process: as a crash, or with the
// code that a shell would give.
func dieOfSignal(sig uintptr) {
	if bit(sig)&dumping == 0 {
		exit(128 + int(sig))
	}
	say("\ndomlet: signal ")
	sayNumber(uint64(sig))
	say("\n")
	crash()
}

// reporting is 1 once a vCPU's kernel has trapped.
var reporting uint32

// kernelFault reports an exception of the kernel itself, with the lock held or
// not; only the first vCPU to have one does.
//
//go:nowritebarrierrec
func kernelFault() {
	for !atomic.CompareAndSwapUint32(&reporting, 0, 1) {
		pause()
	}
	say("\ndomlet: the kernel trapped\n")
	dump(byAddr(me().fault))
	crash()
}

// must ends the domain where Xen refuses what it may not refuse.
func must(rc int) {
	if rc < 0 {
		say("\ndomlet: Xen refused a hypercall at start, error ")
		sayNumber(uint64(-rc))
		say("\n")
		sayHistory()
		crash()
	}
}
