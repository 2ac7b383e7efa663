// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package pv is how a domain begins, maps memory and takes traps as a Xen PV
// guest. Its sibling package pvh does the same for PVH; nothing outside the two
// and rt/kernel knows which one a domain is.
//
// # What Xen hands over
//
// The domain builder loads the image at VIRT_BASE and lays behind it, in this
// order: the list of machine frames (p2m), start_info, the xenstore and console
// rings, the page tables, and one page of boot stack. All of it is mapped
// writable up to the next 4 MiB, the tables read-only.
//
// # What Start makes of it
//
//	virtual address         what
//	0                       nothing, up to the image
//	Base = 4 MiB            the image: text, data, BSS
//	up to 2^47              the program's own: heap, stacks, what it maps
//	Direct                  every frame of the domain, by number
//	Window                  frames of others: shared_info, grants
//
// The direct map is built bottom-up out of the slack behind the boot stack, then
// everything that the builder mapped behind the image is unmapped: after that a
// frame has at most one alias besides its place in the direct map, and the
// addresses behind the image are free for the program's large BSS objects.
//
// # Page tables
//
// Xen owns the page tables: it wants every table page mapped read-only, and
// every write made by hypercall. The kernel's data hold pseudo-physical frame
// numbers (pfn) only; a machine frame number (mfn) is made inside this package
// at the moment an entry is written. Writes are queued, 64 to a hypercall.
package pv
