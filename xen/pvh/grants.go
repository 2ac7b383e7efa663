// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Other domains' pages, as far as the physical address space is concerned.
// Kernel, lock held.

//go:build domlet

package pvh

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
	"github.com/domlet/domlet/xen/raw"
)

// Prepare makes the tables that Map needs for va. The package must not be hungry.
func Prepare(va uintptr) { prepare(va, shiftPage) }

// UnmapGrants has Xen take n pages of others out of the physical address space,
// from frame gfn on, as the operations at ops say. No entry leads to them.
func UnmapGrants(gfn uint64, ops uintptr, n uint32) {
	for i := range uintptr(n) {
		u := (*abi.Gnttab_unmap_grant_ref)(raw.Ptr(ops + i*unsafe.Sizeof(abi.Gnttab_unmap_grant_ref{})))
		u.Host_addr, u.Dev_bus_addr = (gfn+uint64(i))*raw.PageSize, 0
	}
	must(hypercall.GrantTable(abi.GNTTABOP_unmap_grant_ref, raw.Ptr(ops), uintptr(n)))
}
