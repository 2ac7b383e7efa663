// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package space records what each part of the address space is for.
//
// The record is a sorted array of regions that do not overlap. Neighbours of
// one kind that touch are always one region, so the array is the shortest
// description there is, and a range is of one kind exactly when one region
// holds it. Go's runtime reserves in large pieces and commits inside them, so a
// program has a few dozen regions; there is room for 2048.
//
// Every change goes through one routine: the regions that a range touches are
// replaced by at most three, what is left of the first, the new one, what is
// left of the last. It counts before it writes; a change that does not fit
// leaves the record as it was.
//
// The page-fault handler asks Find, mmap asks Gap, munmap and mprotect write
// with Set and Clear. Addresses are bytes; the kernel hands in multiples of the
// page size, which nothing here depends on. The package is pure: no locks (the
// kernel's own lock is held), no allocation, no pointers.
package space
