// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package kernel is the library OS under the Go runtime: threads, memory, the
// clock, signals, events, and the two doors. It is linked into every image and
// is the only thing between the program and the hypervisor.
//
// # From Xen's entry to main
//
// Xen enters a PV domain at domlet·entry (boot_amd64.s) with events masked, and a
// PVH domain at domlet·entry32 (entry32_amd64.s), which sets mode and joins it.
// boot takes memory over from the domain builder (xen/pv, xen/pvh), gives the boot
// vCPU its area, tells Xen or the CPU where traps and events enter, seeds the
// generator, lays out arguments and environment as Linux would, and makes a thread
// whose first instruction is runtime.rt0_go. Everything from there on is the Go
// runtime's own start, which asks for what it needs through the kernel door.
//
// # The two doors
//
// The kernel door serves the runtime's own system calls. Where GOROOT's
// assembly had SYSCALL, the overlay has a call of domlet·door (entry_amd64.s):
// registers go into the thread, the vCPU changes to its kernel stack, and door
// runs with events masked, on a g of the kernel's own: no P, no allocation, no
// write barrier. The posix door is not here: package syscall calls rt/posix, as
// ordinary Go on the caller's goroutine, and what rt/posix asks of the kernel
// (seam.go) comes in by the kernel door like everybody else.
//
// # Threads
//
// A thread is an M of the Go runtime: a block of registers (thread.go). It has
// no kernel stack, because the kernel never blocks in the middle of a call: a
// call that has to wait notes for what, and leave chooses another thread; the
// answer is written into the register block when the wait ends. A thread
// resumes either like a function that returns (it called a door) or by an iret
// that restores everything (it was interrupted).
//
// # Memory
//
// Addresses are given out long before pages are (memory.go, mmap.go). A page
// comes when the runtime says that it is about to use it (sysUsed), or at the
// first touch; it goes when the scavenger returns it, and is used again only
// after no TLB can know it. Stacks are always backed before they are used: an
// event's frame is pushed on the stack that runs, and in PV an exception's too. A
// PVH domain could do without the pages of sysUsed: hello would take 102 of them
// at first touch instead of 198 beforehand. It keeps them, so that a heap that
// finds no memory ends in Go's own text and not in a fault. The kernel itself
// takes no fault: user makes sure of every address a thread hands in.
//
// Pages that other domains see are taken apart from the program's (pages.go).
// Other domains' pages, and the grant table, appear in a window of their own
// (grants.go, mode_grants.go); where one goes, a page of zeros takes its place in
// the same step. What only some programs need of this is linked only with them.
//
// # Events
//
// An upcall ends in leave, as everything does, and leave serves what is pending
// (event.go): the timer wakes threads, the console its writers, any other port
// raises its poll slot and wakes the thread in netpoll. An idle vCPU looks once
// more with events masked and blocks in the hypervisor, which unmasks and looks
// again in one step.
//
// # Several vCPUs
//
// All vCPUs are alike (smp.go). They take threads from one queue, under one lock:
// a visit to the kernel is short, and Go's scheduler, not this one, spreads
// goroutines. A vCPU that leaves the kernel with threads still waiting interrupts
// idle ones; a signal for a thread that runs elsewhere interrupts its vCPU, and
// that is how Go preempts across vCPUs. One timer is armed for a deadline,
// whichever vCPU armed it. An idle vCPU has no current thread, so that whoever
// wakes a thread may run it. Each vCPU serves the ports that are bound to it:
// its timer and its interrupt; the first also those of devices.
//
// A CPU profile (profile.go) samples each vCPU after so much work of its own: the
// timer is armed for that too, and the thread that runs gets SIGPROF.
//
// # Requests from outside
//
// The kernel watches two nodes of xenstore (control.go, package control): what an
// administrator asks becomes a signal for the program as a whole, or a trace of all
// goroutines. The program's own client of xenstore uses the same ring; who may read
// and write when is bytering.Messages' matter.
//
// # The end
//
// A domain ends in one place (end.go), whether the program exits, Go reports a
// fatal error, or the kernel gives up: the exit code goes into xenstore
// (store.go, and finish.go where the program was in the middle of a request), the
// last line onto the console, and when both were taken, or had their time, Xen is
// asked to shut the domain down.
//
// # Rules
//
// Only the files mode*.go name xen/pv and xen/pvh; what the two modes do with other
// instructions stands in mode_amd64.h and mode_amd64.s. mode never changes, so
// every branch on it is predicted.
//
// Kernel data hold integers, never pointers: thread numbers, frame numbers,
// addresses. A stored pointer would need a write barrier, and the collector
// must find nothing here.
//
// Lock order: there is one lock (lock.go), held from entry to exit with events
// masked; "kernel, lock held" at the head of a file means it. Code that runs on a
// thread, without it, says so: the poller's functions in poll.go and all of
// seam.go.
package kernel
