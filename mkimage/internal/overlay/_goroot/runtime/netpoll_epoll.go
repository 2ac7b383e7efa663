// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The network poller of a domain. It replaces epoll: a slot is raised by the
// kernel or by another goroutine, and netpoll drains the raised ones.

package runtime

import (
	"internal/runtime/atomic"
	"unsafe"
)

var netpollWakeSig atomic.Uint32 // one netpollBreak under way is enough

func netpollinit() {}

func netpollIsPollDescriptor(fd uintptr) bool { return false }

func netpollopen(fd uintptr, pd *pollDesc) uintptr {
	return domletPollOpen(fd, uintptr(unsafe.Pointer(pd)), pd.fdseq.Load())
}

func netpollclose(fd uintptr) uintptr {
	domletPollClose(fd)
	return 0
}

func netpollarm(pd *pollDesc, mode int) { throw("runtime: unused") }

// netpollBreak ends the blocking netpoll that is under way, or the next one.
func netpollBreak() {
	if netpollWakeSig.CompareAndSwap(0, 1) {
		domletPollBreak()
	}
}

// netpoll waits up to delay nanoseconds (negative: for ever, 0: not at all)
// and returns the goroutines whose slots were raised.
func netpoll(delay int64) (gList, int32) {
	if delay != 0 {
		domletPollWait(delay)
		netpollWakeSig.Store(0)
	}
	var toRun gList
	delta := int32(0)
	for {
		p, seq, bits := domletPollNext()
		if p == 0 {
			return toRun, delta
		}
		pd := (*pollDesc)(unsafe.Pointer(p))
		if pd.fdseq.Load() == seq {
			pd.setEventErr(false, seq)
			delta += netpollready(&toRun, pd, domletModes[bits&3])
		}
	}
}

// domletModes turns the bits of domletPollNext into netpollready's mode.
var domletModes = [4]int32{0, 'r', 'w', 'r' + 'w'}
