// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Granted memory in the two modes. In PV Xen writes the page-table entries of
// other domains' pages; in PVH it puts the pages into the physical address space,
// where there is no RAM, and the entries are the kernel's. Kernel, lock held.

//go:build domlet

package kernel

import (
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/pv"
	"github.com/domlet/domlet/xen/pvh"
	"github.com/domlet/domlet/xen/raw"
)

// beside is the frame of a PVH domain's physical address space at which Xen puts
// what appears at va: the hole that begins with the shared-info page is used as
// the window is.
func beside(va uintptr) uint64 {
	return handed.SharedInfo/raw.PageSize + uint64(va-window)/raw.PageSize
}

// prepareTables makes the tables that an entry for va needs, once fed.
func prepareTables(va uintptr) {
	if mode == modePVH {
		pvh.Prepare(va)
	} else {
		pv.Prepare(va)
	}
}

// tableFrame has Xen make frame i of the grant table, which is to appear at va,
// and returns its number for mapForeign. list is the address of a spare page.
// False: Xen gives no more.
func tableFrame(list, va uintptr, i uint32) (number uint64, ok bool) {
	if mode == modePVH {
		return beside(va), pvh.Show(abi.XENMAPSPACE_grant_table, uint64(i), beside(va)) >= 0
	}
	return pv.TableFrame(list, i)
}

// statusFrame is tableFrame for the status entries of version 2.
func statusFrame(list, va uintptr, i uint32) (number uint64, ok bool) {
	if mode == modePVH {
		index := uint64(i) | abi.XENMAPIDX_grant_table_status
		return beside(va), pvh.Show(abi.XENMAPSPACE_grant_table, index, beside(va)) >= 0
	}
	return pv.StatusFrame(list, i)
}

// grantAddress is what Xen is told of the place where a page is to appear.
func grantAddress(va uintptr) uint64 {
	if mode == modePVH {
		return beside(va) * raw.PageSize
	}
	return uint64(va)
}

// showGrant makes a page that Xen has mapped visible at va.
func showGrant(va uintptr, write bool) {
	if mode == modePVH {
		mapPage(va, uint32(beside(va)), write)
	}
}

// unmapGrants puts frame zero in the place of n pages of others at va, read-only,
// and has Xen unmap them as the operations at ops say; those have a status each.
func unmapGrants(va, ops uintptr, n, zero uint32) {
	if mode == modePVH {
		for i := range uintptr(n) {
			mapPage(va+i*raw.PageSize, zero, false)
		}
		flushWrites()
		flushTLB()
		pvh.UnmapGrants(beside(va), ops, n)
		return
	}
	pv.UnmapGrants(va, ops, n, zero, scratchBase, scratchPages)
}
