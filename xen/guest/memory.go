// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The seam's functions for memory that other domains see.

//go:build domlet

package guest

// Alloc returns the address of zeroed, contiguous pages outside the Go heap, 0
// if there are none. They are the domain's own frames, which need not follow each
// other, and committed: what they hold may be granted to others or be the
// argument of a hypercall.
func Alloc(pages int) (addr uintptr)

// Free takes back all that one Alloc gave. No other domain can reach it. False:
// it was taken back before, or never given.
func Free(addr uintptr, pages int) bool

// Frame returns the number by which Xen knows the page at an address that Alloc
// gave: its machine frame in PV, its guest frame in PVH.
func Frame(addr uintptr) uint64

// GrantTable has Xen make the domain's grant table at least frames long, or as
// long as it may get, and returns where it and the status entries of version 2
// are mapped. Neither ever moves.
func GrantTable(frames uint32) (table, status uintptr, got, version uint32)

// MapGrants maps n pages of other domains beside each other and returns where, 0
// if it did not. ops is the address, from Alloc, of n abi.Gnttab_map_grant_ref with
// Dom, Ref and Flags filled in; on return they have Handle and Status. It maps all
// or none; where no Status says why none, addresses or page tables ran out.
func MapGrants(ops uintptr, n uint32) (addr uintptr)

// UnmapGrants ends what MapGrants did and puts zeros in the place of each page in
// the same step. ops is the address, from Alloc, of n abi.Gnttab_unmap_and_replace
// with Handle filled in; on return they have Status. False: Xen refused one, and
// the addresses will not be used again.
func UnmapGrants(addr, ops uintptr, n uint32) bool
