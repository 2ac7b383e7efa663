// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What an administrator asks of the domain: xl shutdown, reboot, sysrq. Kernel,
// lock held.

//go:build domlet

package kernel

import (
	"sync/atomic"
	_ "unsafe" // for go:linkname

	"github.com/domlet/domlet/rt/kernel/control"
	"github.com/domlet/domlet/xen/abi"
)

// sigTERM is sent on an administrator's behalf (asm/signal.h).
const sigTERM = 15

// listen subscribes to what is asked of the domain.
func listen() {
	if store.port == 0 {
		return
	}
	mustBind(me(), store.port)
	if store.control.Start(&store.ring) {
		notify(store.port)
	}
}

// hear obeys what has come from xenstored.
func hear() {
	for {
		o, told := store.control.Hear(&store.ring)
		if told {
			notify(store.port)
		}
		if o == control.None {
			return
		}
		obey(o)
	}
}

// obey does what was ordered. A reboot is a shutdown for another reason: xl
// starts a domain again that ended for that one.
func obey(o control.Order) {
	switch o {
	case control.Reboot:
		reason = abi.SHUTDOWN_reboot
		sendAny(sigTERM)
	case control.Poweroff:
		sendAny(sigTERM)
	case control.Sysrq:
		sysrq(store.control.Key)
	}
}

// sysrq does what a key means; those that mean something are Linux's
// (admin-guide/sysrq).
func sysrq(key byte) {
	switch key {
	case 'c':
		say("\ndomlet: sysrq: crash\n")
		crash()
	case 't':
		askDump()
	default:
		say("\ndomlet: sysrq: c crashes the domain, t prints all goroutines\n")
	}
}

// dumpAsked is the runtime's: not 0, its helper prints all goroutines.
//
//go:linkname dumpAsked runtime.domletDump
var dumpAsked uint32

// askDump has the runtime print all goroutines. sysmon, which sees to it, may be
// asleep; it is one of those that wait at a futex.
func askDump() {
	atomic.StoreUint32(&dumpAsked, 1)
	for id := uint16(1); id <= threads.next; id++ {
		if t := byID(id); t.wait == inFutex {
			endWait(t, 0)
		}
	}
}

// nothing, as a length, says that hearCall brings no message.
const nothing = ^uintptr(0)

// hearCall is for the program's client of xenstore: it met a message that is not
// for it, or reads no more; and for who wants to know the domain's name.
func hearCall(t *thread) uintptr {
	if t.r10 == nothing {
		if t.di != 0 {
			store.control.AskName()
		}
	} else if user(t.dx, t.r10) {
		obey(store.control.Take(uint32(t.di), uint32(t.si), bytesAt(t.dx, t.r10)))
	}
	hear()
	return 0
}

// posixHostname copies the domain's name, up to 64 bytes of it, and answers its
// length; -EAGAIN until xenstored has told it. On a thread, without the lock.
//
//go:linkname posixHostname github.com/domlet/domlet/rt/posix.hostname
func posixHostname(p []byte) int {
	n, known := store.control.Name(p)
	if !known && store.port != 0 {
		doorCall(sysHear, 1, 0, 0, nothing, 0, 0)
		return -abi.XEN_EAGAIN
	}
	return n
}
