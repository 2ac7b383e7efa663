// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package raw is the one place where an address becomes memory.
//
// Kernel code and the shared-ring protocols work on memory that Go did not
// allocate: page frames, bitmaps laid over spare frames, pages shared with the
// hypervisor. They hold such memory as a plain integer, because a pointer
// stored in a kernel structure would need a write barrier, and because the
// garbage collector has no business there. This package turns the integer into
// an access, and gives shared pages a type (Page) that can never be indexed out
// of its 4096 bytes, whatever a peer wrote into the indices.
//
// Everything here inlines, allocates nothing and may run in any context, traps
// and upcalls included.
//
// Tests hand in the address of a Go slice; they must keep that slice reachable
// (runtime.KeepAlive) and on the heap, where Go does not move it.
package raw
