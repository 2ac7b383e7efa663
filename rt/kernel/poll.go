// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The poller: what the runtime's netpoll asks, and who raises slots.

//go:build domlet

package kernel

import (
	"sync/atomic"
	_ "unsafe" // for go:linkname

	"github.com/domlet/domlet/rt/kernel/slots"
	"github.com/domlet/domlet/xen/abi"
)

// Slot numbers. Descriptors come first.
const (
	descriptors = 1 << 16 // rt/posix.MaxDescriptors
	consoleSlot = 1 << 18 // the posix layer's own wait for the console
	portSlots   = 1 << 19 // event-channel ports
	slotsBoth   = slots.Read | slots.Write
)

var poll struct {
	slots    slots.Table
	base     uintptr                  // where they lie
	broken   uint32                   // a netpollBreak not yet seen
	pollable [descriptors / 64]uint64 // descriptors that netpoll may watch
}

// The runtime's functions. They run on a thread, on any stack, perhaps without a
// P: nosplit, and no more than a door call or an atomic.

//go:linkname domletPollOpen runtime.domletPollOpen
//go:nosplit // called by netpollopen with the pollDesc locked
func domletPollOpen(fd, pd, seq uintptr) uintptr {
	return doorCall(sysPollOpen, fd, pd, seq, 0, 0, 0)
}

//go:linkname domletPollClose runtime.domletPollClose
//go:nosplit // as domletPollOpen
func domletPollClose(fd uintptr) { doorCall(sysPollOpen, fd, 0, 0, 0, 0, 0) }

//go:linkname domletPollWait runtime.domletPollWait
//go:nosplit // called by netpoll without a P
func domletPollWait(delay int64) { doorCall(sysPollWait, uintptr(delay), 0, 0, 0, 0, 0) }

//go:linkname domletPollBreak runtime.domletPollBreak
//go:nosplit // called with scheduler locks held
func domletPollBreak() { doorCall(sysPollBreak, 0, 0, 0, 0, 0, 0) }

//go:linkname domletPollNext runtime.domletPollNext
//go:nosplit // called by netpoll without a P
func domletPollNext() (pd, seq, mode uintptr) {
	p, s, m := poll.slots.Next()
	return p, s, uintptr(m)
}

//go:linkname domletPort runtime.domletPort
func domletPort(port uint32, op, vcpu uintptr) uintptr {
	return doorCall(sysPort, uintptr(port), op, vcpu, 0, 0, 0)
}

//go:linkname guestPollControl github.com/domlet/domlet/xen/guest.PollControl
func guestPollControl(port, op, vcpu uint32) (errno int) {
	return int(doorCall(sysPort, uintptr(port), uintptr(op), uintptr(vcpu), 0, 0, 0))
}

// pollOpenCall binds or, with no descriptor, unbinds a slot.
func pollOpenCall(t *thread) uintptr {
	fd, pd, seq := t.di, t.si, t.dx
	if fd >= slots.Max || (fd < descriptors && poll.pollable[fd/64]&(1<<(fd%64)) == 0) {
		return abi.XEN_EPERM
	}
	at, leaf := poll.slots.Backed(uint32(fd))
	if !user(at, 24) || !user(leaf, 8) {
		return abi.XEN_ENOMEM
	}
	switch {
	case pd == 0:
		poll.slots.Close(uint32(fd))
	case fd < descriptors && poll.slots.Opened(uint32(fd)):
		return abi.XEN_EEXIST
	default:
		poll.slots.Open(uint32(fd), pd, seq)
		if fd < portSlots {
			// What happened before was lost: a socket may be connected by now, or a
			// line typed since the console was found empty.
			raise(uint32(fd), slotsBoth)
		}
	}
	return 0
}

// pollWaitCall parks the thread that sits in netpoll. There is one at most.
func pollWaitCall(t *thread) uintptr {
	if poll.broken != 0 || poll.slots.Any() {
		poll.broken = 0
		return 0
	}
	sched.poller = t.id
	park(t, inPoll, int64(t.di))
	return 0
}

func pollBreakCall() uintptr {
	if sched.poller == 0 {
		poll.broken = 1
		return 0
	}
	wakePoller()
	return 0
}

func wakePoller() {
	if id := sched.poller; id != 0 {
		sched.poller = 0
		wake(id, 0, false)
	}
}

// raise raises a slot from an event and wakes the poller. A slot that nobody
// opened may have no memory yet.
func raise(slot uint32, mode uint32) {
	at, leaf := poll.slots.Backed(slot)
	if mapped(at) && mapped(leaf) && poll.slots.Raise(slot, mode) {
		wakePoller()
	}
}

// raiseHere is raise for code that runs on a thread.
func raiseHere(slot uint32, mode uint32) {
	if poll.slots.Raise(slot, mode) {
		domletPollBreak()
	}
}

// setPollable says whether netpoll may watch a descriptor. One that is closed is
// watched no more, whether or not the runtime has been told.
func setPollable(fd uint32, yes bool) {
	w, b := &poll.pollable[fd%descriptors/64], uint64(1)<<(fd%64)
	if yes {
		atomic.OrUint64(w, b)
	} else if atomic.AndUint64(w, ^b)&b != 0 {
		poll.slots.Close(fd)
	}
}

// initPoll lays the slots over address space that is filled on demand.
func initPoll(base uintptr) {
	poll.base = base
	poll.slots.Init(base)
	poll.pollable[0] = 7 // the console
}
