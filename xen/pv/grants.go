// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Grant tables and other domains' pages, as far as page tables are concerned.
// Kernel, lock held.

//go:build domlet

package pv

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
	"github.com/domlet/domlet/xen/raw"
)

// TableFrame has Xen make frame i of the grant table, if it must, and returns
// its number for MapForeign. list is the address of a spare page. False: Xen
// gives no more.
func TableFrame(list uintptr, i uint32) (mfn uint64, ok bool) {
	s := abi.Gnttab_setup_table{Dom: abi.DOMID_SELF, Nr_frames: i + 1, Frame_list: list}
	rc := hypercall.GrantTable(abi.GNTTABOP_setup_table, unsafe.Pointer(&s), 1)
	if rc < 0 || s.Status != abi.GNTST_okay {
		return 0, false
	}
	return *raw.Word64(list, uintptr(i)), true
}

// StatusFrame is TableFrame for the status entries of version 2. The table
// itself is there already.
func StatusFrame(list uintptr, i uint32) (mfn uint64, ok bool) {
	s := abi.Gnttab_get_status_frames{Dom: abi.DOMID_SELF, Nr_frames: i + 1, Frame_list: list}
	rc := hypercall.GrantTable(abi.GNTTABOP_get_status_frames, unsafe.Pointer(&s), 1)
	if rc < 0 || s.Status != abi.GNTST_okay {
		return 0, false
	}
	return *raw.Word64(list, uintptr(i)), true
}

// Prepare makes the tables that an entry for va needs. The package must not be
// hungry. In PV Xen itself writes the entries of granted pages.
func Prepare(va uintptr) { prepare(va) }

// UnmapGrants unmaps n pages of others at va as the operations at ops say, and
// puts frame zero in the place of each, read-only. Xen moves an entry from one
// address to another for that: scratch has room for some, tables included.
func UnmapGrants(va, ops uintptr, n uint32, zero uint32, scratch uintptr, room uint32) {
	for done := uint32(0); done < n; done += room {
		k := min(room, n-done)
		for i := range k {
			u := unmapOp(ops, uintptr(done+i))
			from := scratch + uintptr(i)*raw.PageSize
			u.Host_addr, u.New_addr = uint64(va+uintptr(done+i)*raw.PageSize), uint64(from)
			mapMFN(from, MFN(zero), false)
		}
		Flush()
		first := unsafe.Pointer(unmapOp(ops, uintptr(done)))
		must(hypercall.GrantTable(abi.GNTTABOP_unmap_and_replace, first, uintptr(k)))
	}
}

func unmapOp(ops, i uintptr) *abi.Gnttab_unmap_and_replace {
	return (*abi.Gnttab_unmap_and_replace)(raw.Ptr(ops + i*unsafe.Sizeof(abi.Gnttab_unmap_and_replace{})))
}
