// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the kernel counts. A type only: host programs may name it too.

package kernel

// Stats is a snapshot of the kernel's counters since boot.
type Stats struct {
	Calls      uint64 // through the kernel door
	Traps      uint64 // exceptions, page faults included
	Faults     uint64 // pages filled at their first touch
	Upcalls    uint64 // events that interrupted a thread
	Events     uint64 // pending ports served
	Switches   uint64 // from one thread to another
	Wakeups    uint64 // times the idle vCPU was woken
	Tables     uint64 // page-table pages made after boot
	Spins      uint64 // times a vCPU gave its turn up waiting for the kernel lock
	Interrupts uint64 // sent from one vCPU to another
	IdleTime   int64  // ns blocked in the hypervisor, all vCPUs together
	CPUTime    int64  // ns not blocked, all vCPUs together
	BootTime   int64  // system time at Xen's entry, ns
	CPUs       uint64 // vCPUs that run
	Generation uint64 // how often Xen was told of the domain: once, and again at each resume
	Frames     uint64 // pages of the domain
	Free       uint64 // pages that nobody uses
	Regions    uint64 // entries of the address-space record
	Threads    uint64 // alive
	Dropped    uint64 // bytes of console output that nobody read in time or was told of
}
