// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Exceptions of a thread: a page to fill in, a signal to raise, or the end.
// Kernel, lock held.

//go:build domlet

package kernel

import (
	"github.com/domlet/domlet/rt/kernel/space"
	"github.com/domlet/domlet/xen/raw"
)

// Vectors (Intel SDM volume 3, 6.3.1).
const (
	vecDivide    = 0
	vecDebug     = 1
	vecBreak     = 3
	vecOpcode    = 6
	vecPage      = 14
	vecX87       = 16
	vecAlignment = 17
	vecSIMD      = 19
)

// Bits of a page fault's error code.
const (
	faultPresent = 1 << 0
	faultWrite   = 1 << 1
)

// trap serves the exception that the running thread raised.
//
//go:nowritebarrierrec
func trap() {
	lock()
	c, t := me(), running()
	c.stats.Traps++
	c.past.note(excepted, t.vector, t.faulted())
	switch {
	case t.vector == vecPage && fill(t, cr2()):
	case t.vector == vecOpcode && stray(t):
	default:
		raiseTrap(t)
	}
	leave()
}

// faulted is the address that a page fault was about, or else the instruction's.
func (t *thread) faulted() uintptr {
	if t.vector == vecPage {
		return cr2()
	}
	return t.ip
}

// fill puts a page where one is due.
func fill(t *thread, addr uintptr) bool {
	r, _ := memory.space.Find(addr)
	if !filled(r.Kind) || t.code&faultPresent != 0 || r.Kind == space.Constant && t.code&faultWrite != 0 {
		return false
	}
	me().stats.Faults++
	if !commitFor(addr, addr+1, r.Kind == space.Demand) {
		outOfMemory("a page that was touched for the first time", 1)
	}
	return true
}

// stray answers the two system calls of golang.org/x/sys/unix that no overlay
// reaches (SyscallNoError, RawSyscallNoError): mkimage made UD2 of their SYSCALL
// instructions. They are getpid and its like, and cannot fail.
func stray(t *thread) bool {
	const ud2 = 0x0b0f
	if !user(t.ip, 2) || *(*uint16)(raw.Ptr(t.ip)) != ud2 || !strayCall(t.ax) {
		return false
	}
	t.ax = strayAnswer(t)
	t.ip += 2
	return true
}

// Numbers of the calls that x/sys/unix makes so.
const (
	sysGetuid  = 102
	sysGetgid  = 104
	sysGeteuid = 107
	sysGetegid = 108
	sysGetppid = 110
	sysGetpgrp = 111
	sysUmask   = 95
)

func strayCall(nr uintptr) bool {
	switch nr {
	case sysGetpid, sysGettid, sysGetuid, sysGetgid, sysGeteuid, sysGetegid, sysGetppid, sysGetpgrp, sysUmask:
		return true
	}
	return false
}

func strayAnswer(t *thread) uintptr {
	switch t.ax {
	case sysGetpid, sysGetpgrp:
		return 1
	case sysGettid:
		return uintptr(t.id)
	case sysUmask:
		return 0o22
	}
	return 0
}

// raiseTrap turns the exception into the signal that Linux would send.
func raiseTrap(t *thread) {
	sig, info := signalOf(t)
	a := &actions[sig%(signals+1)]
	if a.handler <= sigIgnore || t.mask&bit(sig) != 0 {
		die(t, "an exception that the program cannot handle")
	}
	info.signo = int32(sig)
	enter(t, a, sig, info)
}

func signalOf(t *thread) (uintptr, siginfo) {
	switch t.vector {
	case vecDivide:
		return sigFPE, siginfo{code: fpeIntDiv, addr: t.ip}
	case vecX87, vecSIMD:
		return sigFPE, siginfo{code: fpeFloat, addr: t.ip}
	case vecDebug, vecBreak:
		return sigTRAP, siginfo{code: trapBreak, addr: t.ip}
	case vecOpcode:
		return sigILL, siginfo{code: illOpcode, addr: t.ip}
	case vecAlignment:
		return sigBUS, siginfo{code: fromKernel}
	case vecPage:
		info := siginfo{code: segvMapped, addr: cr2()}
		if t.code&faultPresent != 0 {
			info.code = segvAccess
		}
		return sigSEGV, info
	}
	return sigSEGV, siginfo{code: fromKernel}
}
