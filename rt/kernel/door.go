// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The kernel door: the Go runtime's own system calls. On the vCPU's kernel
// stack, lock held.

//go:build domlet

package kernel

import (
	"github.com/domlet/domlet/rt/kernel/futex"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

// Numbers of Linux's system calls that the runtime makes (asm/unistd_64.h), and
// the kernel's own behind them, out of Linux's range.
const (
	sysRead             = 0
	sysWrite            = 1
	sysClose            = 3
	sysMmap             = 9
	sysMprotect         = 10
	sysMunmap           = 11
	sysRtSigaction      = 13
	sysRtSigprocmask    = 14
	sysRtSigreturn      = 15
	sysSchedYield       = 24
	sysMadvise          = 28
	sysNanosleep        = 35
	sysSetitimer        = 38
	sysGetpid           = 39
	sysClone            = 56
	sysExit             = 60
	sysKill             = 62
	sysFcntl            = 72
	sysSigaltstack      = 131
	sysArchPrctl        = 158
	sysGettid           = 186
	sysFutex            = 202
	sysSchedGetaffinity = 204
	sysClockGettime     = 228
	sysExitGroup        = 231
	sysTgkill           = 234
	sysOpenat           = 257

	sysPollWait     = 0x10000
	sysPollBreak    = 0x10001
	sysPollOpen     = 0x10002
	sysConsoleWrite = 0x10003
	sysConsoleRead  = 0x10004
	sysRandom       = 0x10005
	sysStats        = 0x10006
	sysNothing      = 0x10007
	sysPort         = 0x10008
	sysHear         = 0x10009
	sysAlloc        = 0x10020
	sysFree         = 0x10021
	sysFrame        = 0x10022
	sysGrantTable   = 0x10023
	sysMapGrants    = 0x10024
	sysUnmapGrants  = 0x10025
	sysGrantsDown   = 0x10026
	sysGrantsUp     = 0x10027
	sysUsage        = 0x10010
)

// door serves the call of the running thread.
//
//go:nowritebarrierrec
func door() {
	lock()
	c, t := me(), running()
	nr := t.ax
	c.stats.Calls++
	c.past.note(called, nr, t.di)
	if nr >= sysPollWait {
		t.ax = ownCall(t, nr)
	} else {
		t.ax = call(t, nr)
	}
	leave()
}

// call serves a call of Linux's. Where a thread has to wait, the answer given
// here is replaced when it is woken.
func call(t *thread, nr uintptr) uintptr {
	switch nr {
	case sysFutex:
		return futexCall(t)
	case sysMadvise:
		return madvise(t.di, t.si, t.dx)
	case sysNanosleep:
		return nanosleep(t)
	case sysSchedYield:
		return yield()
	case sysMmap:
		return mmap(t.di, t.si, t.dx, t.r10)
	case sysMunmap:
		return munmap(t.di, t.si)
	case sysMprotect:
		return mprotect(t.di, t.si, t.dx)
	case sysWrite:
		return write(t)
	case sysClone:
		return clone(t)
	case sysExit:
		return exitThread(t)
	case sysExitGroup:
		exit(int(int32(t.di)))
	}
	if r, ok := signalCall(t, nr); ok {
		return r
	}
	return smallCall(t, nr)
}

// signalCall serves the calls about signals.
func signalCall(t *thread, nr uintptr) (uintptr, bool) {
	switch nr {
	case sysRtSigprocmask:
		return sigprocmask(t), true
	case sysRtSigaction:
		return sigaction(t), true
	case sysSigaltstack:
		return sigaltstack(t), true
	case sysRtSigreturn:
		return sigreturn(t), true
	case sysTgkill:
		return tgkill(t.si, t.dx), true
	case sysKill:
		return send(t, t.si), true
	}
	return 0, false
}

// smallCall serves what needs a line each, and refuses the rest: no file is
// there before main, and what posix serves does not come through this door.
func smallCall(t *thread, nr uintptr) uintptr {
	switch nr {
	case sysGettid:
		return uintptr(t.id)
	case sysGetpid:
		return 1
	case sysArchPrctl:
		t.fs = t.si
		return 0
	case sysSchedGetaffinity:
		return affinity(t)
	case sysSetitimer:
		return setitimer(t)
	case sysClockGettime:
		return clockGettime(t)
	case sysFcntl:
		return 0
	case sysOpenat:
		return errno(abi.XEN_ENOENT)
	case sysRead, sysClose:
		return errno(abi.XEN_EBADF)
	}
	return errno(abi.XEN_ENOSYS)
}

// ownCall serves the kernel's own calls.
func ownCall(t *thread, nr uintptr) uintptr {
	switch nr {
	case sysPollWait:
		return pollWaitCall(t)
	case sysPollBreak:
		return pollBreakCall()
	case sysPollOpen:
		return pollOpenCall(t)
	case sysConsoleWrite:
		return consoleWriteCall(t)
	case sysConsoleRead:
		return consoleReadCall(t)
	case sysRandom:
		return randomCall(t)
	case sysStats:
		return statsCall(t)
	case sysUsage:
		return usageCall(t)
	case sysPort:
		return portCall(t)
	case sysHear:
		return hearCall(t)
	case sysNothing:
		return 0
	}
	if nr >= sysAlloc && nr <= sysUnmapGrants && grantCalls != 0 {
		return callLinked(grantCalls, t, nr)
	}
	return trialCall(t, nr)
}

// affinity answers the mask of vCPUs.
func affinity(t *thread) uintptr {
	if t.si < 8 || !user(t.dx, 8) {
		return errno(abi.XEN_EFAULT)
	}
	*raw.Word64(t.dx, 0) = 1<<cpus.n - 1
	return 8
}

// clockGettime is for callers that do not read the clock themselves.
func clockGettime(t *thread) uintptr {
	if !user(t.si, 16) {
		return errno(abi.XEN_EFAULT)
	}
	sec, nsec := walltime()
	if t.di != 0 {
		now := nanotime()
		sec, nsec = now/1e9, int32(now%1e9)
	}
	*raw.Word64(t.si, 0), *raw.Word64(t.si, 1) = uint64(sec), uint64(nsec)
	return 0
}

// clone makes a thread that goes on where its parent called, on its own stack.
func clone(t *thread) uintptr {
	const thread, setTLS = 0x10000, 0x80000
	if t.di&thread == 0 {
		return errno(abi.XEN_ENOSYS) // fork: there is one address space
	}
	const firstFrames = 2 * raw.PageSize // a PV domain's events and exceptions come on it before it can fault
	if !user(t.si-firstFrames, firstFrames) {
		return errno(abi.XEN_EFAULT)
	}
	c := newThread()
	if c == nil {
		if threads.next+1 < futex.MaxThreads {
			sayOutOfMemory("a thread", 1)
		}
		return errno(abi.XEN_EAGAIN)
	}
	id := c.id
	*c = *t
	c.clearFPU(t.control())
	c.flags, c.full = flagIF, 1
	c.id, c.pending, c.stack = id, 0, 0
	c.ax, c.sp = 0, t.si
	if t.di&setTLS != 0 {
		c.fs = t.r8
	}
	sched.ready.Push(id)
	return uintptr(id)
}

// exitThread ends the running thread. From runtime.exitThread, whose text is
// ours, comes the address of the word by which the runtime learns that the
// stack is free: nothing is pushed on it any more.
func exitThread(t *thread) uintptr {
	if t.di == 0 && t.si != 0 && user(t.si, 4) {
		*raw.Word32(t.si, 0) = 0
	}
	t.wait = ended
	me().current = 0
	t.drop()
	return 0
}
