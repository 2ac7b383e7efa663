// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The seam in terms of memory. Any goroutine. Each unsafe use turns an address
// that the kernel vouches for into memory, or the other way round.

//go:build domlet

package grant

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/guest"
	"github.com/domlet/domlet/xen/hypercall"
	"github.com/domlet/domlet/xen/raw"
)

// Sizes of the arguments, from the layout of the structures, in bytes.
const (
	mapSize   = int(unsafe.Sizeof(abi.Gnttab_map_grant_ref{}))
	unmapSize = int(unsafe.Sizeof(abi.Gnttab_unmap_and_replace{}))
)

// pagesAt makes memory of an address; nil for 0.
func pagesAt(addr uintptr, pages int) []byte {
	if addr == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(raw.Ptr(addr)), pages*PageSize)
}

// addrOf is the address of memory that does not move.
func addrOf(mem []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(mem))) }

func (h *hypervisor) Alloc(pages int) []byte { return pagesAt(guest.Alloc(pages), pages) }

func (h *hypervisor) Free(mem []byte) {
	if !guest.Free(addrOf(mem), len(mem)/PageSize) {
		panic("grant: pages given back twice")
	}
}

func (h *hypervisor) Frame(mem []byte) uint64 { return guest.Frame(addrOf(mem)) }

func (h *hypervisor) Grow(frames int) Frames {
	table, status, got, version := guest.GrantTable(uint32(frames))
	f := Frames{Version: int(version), Entries: pagesAt(table, int(got)), Limit: tableLimit()}
	if version == 2 {
		bytes := int(got) * PageSize / entrySize2 * statusSize
		f.Status = pagesAt(status, (bytes+PageSize-1)/PageSize)[:bytes]
	}
	return f
}

// tableLimit asks Xen how long the table may get, in frames. The argument's
// memory is this function's own frame.
func tableLimit() int {
	q := abi.Gnttab_query_size{Dom: abi.DOMID_SELF}
	hypercall.GrantTable(abi.GNTTABOP_query_size, unsafe.Pointer(&q), 1)
	return int(q.Max_nr_frames)
}

// mapOps lays n arguments over memory from Alloc, which is aligned for them.
func mapOps(mem []byte, n int) []abi.Gnttab_map_grant_ref {
	return unsafe.Slice((*abi.Gnttab_map_grant_ref)(unsafe.Pointer(&mem[0])), n)
}

// unmapOps is mapOps for the memory of other arguments.
func unmapOps(mem []byte, n int) []abi.Gnttab_unmap_and_replace {
	return unsafe.Slice((*abi.Gnttab_unmap_and_replace)(unsafe.Pointer(&mem[0])), n)
}

// copyOps is mapOps for the memory of other arguments.
func copyOps(mem []byte, n int) []abi.Gnttab_copy {
	return unsafe.Slice((*abi.Gnttab_copy)(unsafe.Pointer(&mem[0])), n)
}

// mapGrants has the kernel map what ops, at an address from Alloc, say.
func mapGrants(ops []abi.Gnttab_map_grant_ref) []byte {
	return pagesAt(guest.MapGrants(uintptr(unsafe.Pointer(&ops[0])), uint32(len(ops))), len(ops))
}

// unmapGrants has the kernel take away the pages at the beginning of mem; ops are
// at an address from Alloc.
func unmapGrants(mem []byte, ops []abi.Gnttab_unmap_and_replace) bool {
	return guest.UnmapGrants(addrOf(mem), uintptr(unsafe.Pointer(&ops[0])), uint32(len(ops)))
}

// copyGrants has Xen make copies; args are memory from Alloc.
func copyGrants(args []abi.Gnttab_copy) {
	hypercall.GrantTable(abi.GNTTABOP_copy, unsafe.Pointer(&args[0]), uintptr(len(args)))
}
