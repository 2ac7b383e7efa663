// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Reading the counters.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

// Read fills s with the counters as they are now. On a thread.
func (s *Stats) Read() { doorCall(sysStats, uintptr(unsafe.Pointer(s)), 0, 0, 0, 0, 0) }

// Nothing makes a kernel-door call that does nothing: what a call costs.
func Nothing() { doorCall(sysNothing, 0, 0, 0, 0, 0, 0) }

func statsCall(t *thread) uintptr {
	if !user(t.di, unsafe.Sizeof(Stats{})) {
		return errno(abi.XEN_EFAULT)
	}
	s := me().stats
	s.BootTime = bootTime
	s.Frames, s.Free = uint64(memory.total), uint64(memory.frames.Available())
	s.Regions, s.Threads = uint64(memory.space.Len()), uint64(threads.live-1)
	s.Dropped = console.dropped
	*(*Stats)(raw.Ptr(t.di)) = s
	return 0
}
