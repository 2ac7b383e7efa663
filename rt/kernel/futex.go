// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Futex and sleep. Kernel, lock held.

//go:build domlet

package kernel

import (
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

// Linux's futex operations, without the private flag (linux/futex.h).
const (
	futexWait  = 0
	futexWake  = 1
	futexFlags = 128
)

func futexCall(t *thread) uintptr {
	switch t.si &^ futexFlags {
	case futexWait:
		return waitOn(t)
	case futexWake:
		return wakeOn(t.di, t.dx)
	}
	return errno(abi.XEN_ENOSYS)
}

// waitOn parks the thread if the word still holds the value it saw.
func waitOn(t *thread) uintptr {
	ns, ok := timeout(t.r10)
	if !ok || !user(t.di, 4) {
		return errno(abi.XEN_EFAULT)
	}
	if *raw.Word32(t.di, 0) != uint32(t.dx) {
		return errno(abi.XEN_EAGAIN)
	}
	sched.futex.Wait(t.id, t.di)
	park(t, inFutex, ns)
	return 0
}

// wakeOn wakes up to n threads, the one that waits longest first.
func wakeOn(addr, n uintptr) uintptr {
	woken := uintptr(0)
	for woken < n {
		id, ok := sched.futex.Wake(addr)
		if !ok {
			break
		}
		wake(id, 0, false)
		woken++
	}
	return woken
}

// timeout reads a timespec: nanoseconds, or -1 where there is none.
func timeout(ts uintptr) (ns int64, ok bool) {
	if ts == 0 {
		return -1, true
	}
	if !user(ts, 16) {
		return 0, false
	}
	sec, nsec := int64(*raw.Word64(ts, 0)), int64(*raw.Word64(ts, 1))
	const century = 100 * 365 * 24 * 3600
	if sec < 0 || nsec < 0 {
		return 0, true
	}
	return min(sec, century)*1e9 + min(nsec, 1e9), true
}

func nanosleep(t *thread) uintptr {
	ns, ok := timeout(t.di)
	if !ok {
		return errno(abi.XEN_EFAULT)
	}
	park(t, inSleep, max(ns, 0))
	return 0
}
