// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package futex keeps threads in line: those that wait for an address to
// change, and those that are ready to run.
//
// A thread is a number from 1 to MaxThreads-1, never a pointer; 0 means nobody.
// A line is a list threaded through two arrays of such numbers (next and
// previous, indexed by thread), so joining, leaving at the front and leaving
// from the middle, which a timeout does, are each a handful of stores.
//
// Two things are built from it. Table is the wait queue of futex(2): addresses
// hash to lines, and within a line the one who waits longest for an address is
// woken first. Queue is one plain line, the run queue. Each has arrays of its
// own, and in each a thread stands at most once.
//
// Checking the value at the address belongs to the caller, which holds the
// kernel's lock over the check and Wait: that is what makes a wake-up between
// the two impossible. The package is pure: no locks, no allocation, no
// pointers. A number out of range, or a thread that stands in line already, is
// answered with false and changes nothing.
package futex
