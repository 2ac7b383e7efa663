// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The clock of CPU profiles: setitimer, which the runtime calls for one. Kernel,
// lock held.

//go:build domlet

package kernel

import (
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

// profiling is how long a vCPU works between two samples, in ns; 0: no profile is
// taken.
var profiling int64

// itimerval is Linux's struct itimerval (linux/time.h): seconds and microseconds.
type itimerval struct{ interval, first [2]int64 }

// setitimer serves ITIMER_PROF. Linux counts the whole process's time; here each
// vCPU counts its own, so that each is sampled in proportion to its work.
func setitimer(t *thread) uintptr {
	const prof, size = 2, 32
	if t.di != prof || t.dx != 0 {
		return errno(abi.XEN_EINVAL)
	}
	if !user(t.si, size) {
		return errno(abi.XEN_EFAULT)
	}
	v := (*itimerval)(raw.Ptr(t.si))
	profiling = v.interval[0]*1e9 + v.interval[1]*1e3
	for i := range cpus.n {
		c := cpuAt(i)
		c.sample = c.worked() + profiling
		if c.current != 0 && c != me() {
			interrupt(i) // it arms its timer on its way out
		}
	}
	return 0
}

// worked is how long a vCPU has run, but for the time that it was idle, in ns
// since the domain's start.
func (c *cpu) worked() int64 {
	if c.blocked != 0 {
		return c.blocked - c.stats.IdleTime
	}
	return nanotime() - c.stats.IdleTime
}

// takeSample sends SIGPROF to the thread that runs, once its vCPU has worked for
// another interval. What is missed, because nothing ran or events were masked, is
// not made up for.
func takeSample(c *cpu) {
	t, now := running(), c.worked()
	if t == nil || t.wait != runnable || now < c.sample {
		return
	}
	t.pending |= bit(sigPROF)
	c.sample = max(c.sample, now-profiling) + profiling
}
