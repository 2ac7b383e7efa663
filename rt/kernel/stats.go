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
	s := cpuStats()
	s.BootTime, s.Generation = bootTime, uint64(generation)
	s.Frames, s.Free = uint64(memory.total), uint64(memory.frames.Available())
	s.Regions, s.Threads = uint64(memory.space.Len()), uint64(threads.live)-s.CPUs
	s.Dropped = lost()
	*(*Stats)(raw.Ptr(t.di)) = s
	return 0
}

// cpuStats adds up what the vCPUs counted.
func cpuStats() (s Stats) {
	now := nanotime()
	for i := range cpus.n {
		c := cpuAt(i)
		s.add(&c.stats)
		idle := c.stats.IdleTime
		if c.blocked != 0 {
			idle += now - c.blocked
		}
		s.IdleTime += idle
		s.CPUTime += now - c.born - idle
	}
	s.CPUs = uint64(cpus.n)
	return s
}

func (s *Stats) add(o *Stats) {
	s.Calls += o.Calls
	s.Traps += o.Traps
	s.Faults += o.Faults
	s.Upcalls += o.Upcalls
	s.Events += o.Events
	s.Switches += o.Switches
	s.Wakeups += o.Wakeups
	s.Tables += o.Tables
	s.Spins += o.Spins
	s.Interrupts += o.Interrupts
}
