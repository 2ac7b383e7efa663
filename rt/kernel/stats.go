// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the kernel counts.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

// Stats is a snapshot of the kernel's counters since boot.
type Stats struct {
	Calls    uint64 // through the kernel door
	Traps    uint64 // exceptions, page faults included
	Faults   uint64 // pages filled at their first touch
	Upcalls  uint64 // events that interrupted a thread
	Events   uint64 // pending ports served
	Switches uint64 // from one thread to another
	Wakeups  uint64 // times the idle vCPU was woken
	Tables   uint64 // page-table pages made after boot
	IdleTime int64  // ns blocked in the hypervisor
	Frames   uint64 // pages of the domain
	Free     uint64 // pages that nobody uses
	Regions  uint64 // entries of the address-space record
	Threads  uint64 // alive
	Dropped  uint64 // bytes of console output that nobody read in time
}

// Read fills s with the counters as they are now.
func (s *Stats) Read() {
	doorCall(sysStats, uintptr(unsafe.Pointer(s)), 0, 0, 0, 0, 0)
}

func statsCall(t *thread) uintptr {
	if !user(t.di, unsafe.Sizeof(Stats{})) {
		return errno(abi.XEN_EFAULT)
	}
	s := me().stats
	s.Frames, s.Free = uint64(memory.total), uint64(memory.frames.Available())
	s.Regions, s.Threads = uint64(memory.space.Len()), uint64(threads.live-1)
	s.Dropped = console.dropped
	*(*Stats)(raw.Ptr(t.di)) = s
	return 0
}
