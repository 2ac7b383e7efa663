// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the Go runtime asks of the library OS. Every function without a body is
// pushed by a package of github.com/domlet/domlet, most by rt/kernel, through linkname, so a program
// built with this overlay cannot link without the kernel.

package runtime

import (
	"internal/runtime/atomic"
	"internal/runtime/exithook"
	"unsafe"
)

// domletFatal says that the program is ending by a fatal error of Go's: the
// domain is to end as a crash, not as an exit with status 2.
func domletFatal()

// domletInits puts the package inits that serve the program's system calls before
// its own. Pushed by net/stack, or by rt/posix/offline, which has none.
func domletInits(list []*initTask)

// domletAtExit has f called when the program ends by main's return or os.Exit.
//
//go:linkname domletAtExit github.com/domlet/domlet/rt/profile.atExit
func domletAtExit(f func()) { exithook.Add(exithook.Hook{F: f, RunOnFailure: true}) }

// domletPollOpen binds the poll slot of descriptor fd to a pollDesc and its
// sequence number. It answers an errno.
func domletPollOpen(fd, pd, seq uintptr) uintptr

// domletPollClose unbinds the slot of fd: what is raised later wakes nobody.
func domletPollClose(fd uintptr)

// domletPollWait parks the calling thread until a slot is raised, somebody
// calls domletPollBreak, or delay nanoseconds have passed (negative: for ever).
func domletPollWait(delay int64)

// domletPollBreak ends the present or the next domletPollWait.
func domletPollBreak()

// domletPollNext takes the next raised slot. It answers pd = 0 when there is
// none; mode has bit 0 for readers, bit 1 for writers.
func domletPollNext() (pd, seq, mode uintptr)

// Linux's MADV_POPULATE_READ and MADV_POPULATE_WRITE. A failure of the first is
// not the end yet, and the kernel says nothing.
const (
	domletTry      = 22
	domletPopulate = 23
)

// domletCommit has every page of [v, v+n) backed before the heap or a stack
// uses it: a PV guest's traps land on the stack that was running, which must
// be there. Where no page is left, spans that the collector has freed may still
// have theirs: they are given back first. The heap's lock is free then, as it is
// not where the heap commits what it keeps its own books in.
//
//go:nosplit // sysUsed may run where no stack can grow
func domletCommit(v unsafe.Pointer, n uintptr) {
	if madvise(v, n, domletTry) == 0 {
		return
	}
	if spanOf(uintptr(v)) != nil {
		mheap_.pages.scavenge(n, nil, true)
	}
	if madvise(v, n, domletPopulate) != 0 {
		throw("out of memory: the domain has no page left")
	}
}

// domletConsoleSlot is the slot on which the posix layer itself waits for the
// console, apart from what package os may do with descriptors 0 to 2.
const domletConsoleSlot = 1 << 18

var (
	domletConsoleLock mutex                // while the pollDesc is made
	domletConsolePoll atomic.UnsafePointer // the *pollDesc, made at the first wait
)

// domletConsoleWait parks the calling goroutine until the console had an event
// since the last wait for mode ('r' or 'w'), or until nanotime reaches deadline
// (0: never): then it returns false. One goroutine may wait for each mode.
//
//go:linkname domletConsoleWait github.com/domlet/domlet/rt/posix.consoleWait
func domletConsoleWait(mode byte, deadline int64) bool {
	if deadline != 0 {
		deadline = max(deadline-nanotime(), 1)
	}
	return domletWait(domletConsoleDesc(), int(mode), deadline)
}

// domletWait parks the calling goroutine until pd is ready for mode or ns
// nanoseconds have passed (0: never); it reports whether it was ready. The
// pollDesc remembers one readiness, also past a wait that timed out at the same
// time, so nothing is missed; the price is a wait that ends for what was seen
// before.
func domletWait(pd *pollDesc, mode int, ns int64) bool {
	if ns != 0 {
		poll_runtime_pollSetDeadline(pd, ns, mode)
	}
	ok := poll_runtime_pollWait(pd, mode) == pollNoError
	if ns != 0 {
		poll_runtime_pollSetDeadline(pd, 0, mode)
	}
	return ok
}

func domletConsoleDesc() *pollDesc {
	if pd := domletConsolePoll.Load(); pd != nil {
		return (*pollDesc)(pd)
	}
	poll_runtime_pollServerInit()
	lock(&domletConsoleLock)
	if domletConsolePoll.Load() == nil {
		pd, _ := poll_runtime_pollOpen(domletConsoleSlot)
		domletConsolePoll.StoreNoWB(unsafe.Pointer(pd))
	}
	unlock(&domletConsoleLock)
	return (*pollDesc)(domletConsolePoll.Load())
}

// domletPortSlots is the slot of event-channel port 0.
const domletPortSlots = 1 << 19

// What domletPort does to a port, beside what guest.PollControl does.
const (
	domletPortBind   = 0
	domletPortUnbind = 1
)

// domletPort has a vCPU serve an event-channel port, or none. It answers an
// errno. Pushed by rt/kernel.
func domletPort(port uint32, op, vcpu uintptr) uintptr

// domletPortOpen gives an event-channel port its slot. A pollDesc is never
// freed, so it may be held as an integer.
//
//go:linkname domletPortOpen github.com/domlet/domlet/xen/guest.PollOpen
func domletPortOpen(port, vcpu uint32) uintptr {
	poll_runtime_pollServerInit()
	pd, errno := poll_runtime_pollOpen(domletPortSlots + uintptr(port))
	if errno != 0 {
		return 0
	}
	if domletPort(port, domletPortBind, uintptr(vcpu)) != 0 {
		domletPollFree(pd)
		return 0
	}
	return uintptr(unsafe.Pointer(pd))
}

//go:linkname domletPortWait github.com/domlet/domlet/xen/guest.PollWait
func domletPortWait(pd uintptr, ns int64) bool {
	return domletWait((*pollDesc)(unsafe.Pointer(pd)), 'r', ns)
}

//go:linkname domletPortClose github.com/domlet/domlet/xen/guest.PollClose
func domletPortClose(port uint32, pd uintptr) {
	domletPort(port, domletPortUnbind, 0)
	domletPollFree((*pollDesc)(unsafe.Pointer(pd)))
}

// domletPollFree ends who waits at a pollDesc and gives it back.
func domletPollFree(pd *pollDesc) {
	poll_runtime_pollUnblock(pd)
	poll_runtime_pollClose(pd)
}

// domletActive is 1 when a P has become active since domletQuiet was asked.
var domletActive atomic.Uint32

// domletActivated is called by pidleget, sched.lock held, when an idle P gets
// work. It ends sysmon's long sleep: on Linux the next system call does that, in
// entersyscall, but a domain's calls do not pass there, and a loop that begins
// after an idle moment would not be preempted until sysmon wakes by itself, up
// to a minute later.
func domletActivated() {
	domletActive.Store(1)
	if sched.sysmonwait.Load() {
		sched.sysmonwait.Store(false)
		notewakeup(&sched.sysmonnote)
	}
}

// domletQuiet keeps sysmon from its long sleep while Ps go idle for moments, so
// that it need not be woken for each event of a storm.
func domletQuiet() bool { return domletActive.Swap(0) == 0 }

// domletDump is not 0 when all goroutines are to be printed. rt/kernel sets it.
//
//go:linkname domletDump
var domletDump uint32

func domletDumpAsked() bool { return atomic.Load(&domletDump) != 0 }

// domletNap is notetsleep that may end early: the kernel wakes sysmon so.
func domletNap(n *note, ns int64) bool {
	futexsleep(key32(&n.key), 0, ns)
	return atomic.Load(key32(&n.key)) != 0
}

// domletAwake is called by the helper goroutine that starts a collection after
// two minutes without one, when sysmon has woken it. It prints the goroutines if
// that is why, with the world stopped, and the program goes on.
func domletAwake() {
	if !domletDumpAsked() {
		return
	}
	atomic.Store(&domletDump, 0)
	stw := stopTheWorld(stwAllGoroutinesStack)
	print("\ndomlet: sysrq: all goroutines\n")
	systemstack(func() { tracebackothers(getg().m.curg) })
	startTheWorld(stw)
}

// domletSleep parks the calling goroutine for ns nanoseconds.
//
//go:linkname domletSleep github.com/domlet/domlet/rt/posix.sleep
func domletSleep(ns int64) { timeSleep(ns) }

// vgetrandom1 is in Go's assembly, and nothing calls it where there is no vDSO. It
// is declared for go vet, which go test calls.
func vgetrandom1(buf *byte, length uintptr, flags uint32, state uintptr, stateSize uintptr) int

// setThreadCPUProfiler notes the rate of a profile.
func setThreadCPUProfiler(hz int32) { getg().m.profilehz = hz }
