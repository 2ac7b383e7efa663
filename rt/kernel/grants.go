// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Grant tables, and other domains' pages. Kernel, lock held; the seam's functions at the end run on a
// goroutine.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/rt/kernel/frames"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
	"github.com/domlet/domlet/xen/raw"
)

// Where pages of others appear, behind the kernel's stacks.
const (
	scratchBase  = window + 4<<20 // for the moment in which a page is replaced
	scratchPages = 16
	statusBase   = scratchBase + scratchPages*raw.PageSize
	statusPages  = 64
	tableBase    = statusBase + statusPages*raw.PageSize
	tablePages   = 512
	foreignBase  = tableBase + tablePages*raw.PageSize
	foreignPages = 12288
)

// Entries of version 2: how many stand in a frame of the table, and how many
// statuses in one of the status frames.
const (
	entriesPerFrame  = raw.PageSize / unsafe.Sizeof(abi.Grant_entry_v2{})
	statusesPerFrame = raw.PageSize / 2
)

// grants is empty until the program first asks for something of it.
var grants struct {
	version uint32 // of the table: 1 or 2; 0: not settled yet
	table   uint32 // frames mapped
	status  uint32
	foreign frames.Map // which pages of the window are free
	zero    uint32     // a frame of zeros
}

// The way to grantCall is made when the program first uses a function of the
// seam below: an image that has none of those has none of this file.
var (
	grantCallFn = grantCall
	grantCalls  uintptr // grantCallFn, once linkGrants was called
)

func linkGrants()
func callLinked(fn uintptr, t *thread, nr uintptr) uintptr

// grantCall serves the calls about memory that other domains see.
func grantCall(t *thread, nr uintptr) uintptr {
	switch nr {
	case sysAlloc:
		return allocCall(t)
	case sysFree:
		return freeCall(t)
	case sysFrame:
		return frameCall(t)
	case sysGrantTable:
		return grantTableCall(t)
	case sysMapGrants:
		return mapGrantsCall(t)
	case sysUnmapGrants:
		return unmapGrantsCall(t)
	case sysGrantsDown:
		hideTable()
	case sysGrantsUp:
		showTable()
	}
	return errno(abi.XEN_ENOSYS)
}

// grantTableCall makes the table as long as is asked, if Xen does.
func grantTableCall(t *thread) uintptr {
	if grants.version == 0 {
		grants.version = chooseVersion()
	}
	extendTable(uint32(min(t.di, tablePages)))
	return uintptr(grants.version)<<32 | uintptr(grants.table)
}

// extendTable makes the table up to n frames long.
func extendTable(n uint32) {
	list, ok := takeFrame()
	if !ok {
		return
	}
	for grants.table < n && growTable(frame(list)) {
	}
	flushWrites()
	memory.frames.Free(list)
}

// setUpGrants has the grant table appear where it was. Part of setUp.
func setUpGrants() {
	if grantCalls != 0 {
		callLinked(grantCalls, nil, sysGrantsUp)
	}
}

// tearDownGrants unmaps the grant table, which is Xen's and does not go along
// when a domain is saved. What is granted or mapped must be ended before.
func tearDownGrants() {
	if grantCalls != 0 {
		callLinked(grantCalls, nil, sysGrantsDown)
	}
}

func hideTable() {
	for i := range uintptr(grants.table) {
		unmapPage(tableBase + i*raw.PageSize)
	}
	for i := range uintptr(grants.status) {
		unmapPage(statusBase + i*raw.PageSize)
	}
	flushWrites()
	flushTLB()
}

// showTable makes a table as long as it was, of the version that it had.
func showTable() {
	n := grants.table
	grants.table, grants.status = 0, 0
	if n == 0 {
		return
	}
	setVersion(grants.version)
	if extendTable(n); grants.table < n {
		outOfMemory("the grant table", uintptr(n))
	}
}

// chooseVersion settles the version of the table for good: the first, whose
// entries are half as long, unless the host has frames whose numbers do not fit
// in it. Xen may know only the first.
func chooseVersion() uint32 {
	highest := hypercall.Call(abi.HYPERVISOR_memory_op, abi.XENMEM_maximum_ram_page, 0, 0, 0)
	if params.grant == grantV2 || params.grant == auto && highest>>32 != 0 {
		return setVersion(2)
	}
	return setVersion(1)
}

// setVersion returns the version that the table then has.
func setVersion(wanted uint32) uint32 {
	v := abi.Gnttab_set_version{Version: wanted}
	hypercall.GrantTable(abi.GNTTABOP_set_version, unsafe.Pointer(&v), 1)
	return max(1, v.Version)
}

// growTable maps one more frame of the table, and the statuses for it.
func growTable(list uintptr) bool {
	va := tableBase + uintptr(grants.table)*raw.PageSize
	number, ok := tableFrame(list, va, grants.table)
	if !ok || !feed() {
		return false
	}
	mapForeign(va, number)
	if grants.version == 2 && !growStatus(list, uintptr(grants.table+1)*entriesPerFrame) {
		return false
	}
	grants.table++
	return true
}

// growStatus maps statuses for that many entries.
func growStatus(list uintptr, entries uintptr) bool {
	for uintptr(grants.status)*statusesPerFrame < entries {
		va := statusBase + uintptr(grants.status)*raw.PageSize
		number, ok := statusFrame(list, va, grants.status)
		if !ok || !feed() {
			return false
		}
		mapForeign(va, number)
		grants.status++
	}
	return true
}

// mapGrantsCall finds addresses for pages of others and maps them.
func mapGrantsCall(t *thread) uintptr {
	ops, n := t.di, uint32(min(t.si, foreignPages))
	va, ok := takeRange(n)
	if !ok {
		return 0
	}
	if !mapGrants(va, ops, n) {
		giveRange(va, n)
		return 0
	}
	return va
}

// takeRange takes addresses of the window for n pages, and makes their tables.
func takeRange(n uint32) (va uintptr, ok bool) {
	if !openForeign() {
		return 0, false
	}
	page, ok := grants.foreign.AllocRun(n, 1)
	if !ok {
		return 0, false
	}
	va = foreignBase + uintptr(page)*raw.PageSize
	if !prepareRange(va, n) {
		giveRange(va, n)
		return 0, false
	}
	return va, true
}

// giveRange gives addresses of the window back. False: they were not taken.
func giveRange(va uintptr, n uint32) bool {
	return grants.foreign.FreeRun(uint32((va-foreignBase)/raw.PageSize), n)
}

// mapGrants maps n pages at va, whose tables are there, as the operations at ops
// say. False: Xen refused some, and none is mapped.
func mapGrants(va, ops uintptr, n uint32) bool {
	stale := false // an earlier mapping left its zeros
	for i := range uintptr(n) {
		at := va + i*raw.PageSize
		op := mapOp(ops, i)
		op.Host_addr, op.Flags = grantAddress(at), op.Flags|abi.GNTMAP_host_map
		stale = stale || mapped(at)
	}
	must(hypercall.GrantTable(abi.GNTTABOP_map_grant_ref, raw.Ptr(ops), uintptr(n)))
	for i := range uintptr(n) {
		if mapOp(ops, i).Status != abi.GNTST_okay {
			undo(ops, n)
			return false
		}
	}
	for i := range uintptr(n) {
		showGrant(va+i*raw.PageSize, mapOp(ops, i).Flags&abi.GNTMAP_readonly == 0)
	}
	flushWrites()
	if stale {
		flushTLB()
	}
	return true
}

func mapOp(ops, i uintptr) *abi.Gnttab_map_grant_ref {
	return (*abi.Gnttab_map_grant_ref)(raw.Ptr(ops + i*unsafe.Sizeof(abi.Gnttab_map_grant_ref{})))
}

// undo unmaps what was mapped of a call that failed.
func undo(ops uintptr, n uint32) {
	for i := range uintptr(n) {
		if op := mapOp(ops, i); op.Status == abi.GNTST_okay {
			u := abi.Gnttab_unmap_grant_ref{Host_addr: op.Host_addr, Handle: op.Handle}
			must(hypercall.GrantTable(abi.GNTTABOP_unmap_grant_ref, unsafe.Pointer(&u), 1))
		}
	}
}

// openForeign makes what the first foreign page needs: a frame that says which
// addresses are free, and one of zeros.
func openForeign() bool {
	if grants.foreign.Total() != 0 {
		return true
	}
	if !prepareRange(scratchBase, scratchPages) {
		return false
	}
	storage, ok := takeFrame()
	if !ok {
		return false
	}
	grants.zero, ok = takeFrame()
	if !ok {
		memory.frames.Free(storage)
		return false
	}
	raw.ZeroPage(frame(grants.zero))
	grants.foreign.Init(frame(storage), foreignPages)
	return grants.foreign.Donate(0, foreignPages)
}

// prepareRange makes the page tables for n pages at va.
func prepareRange(va uintptr, n uint32) bool {
	for i := range uintptr(n) {
		if i != 0 && (va>>12+i)%512 != 0 {
			continue // in the same table as the one before
		}
		if !feed() {
			return false
		}
		prepareTables(va + i*raw.PageSize)
	}
	flushWrites()
	return true
}

// unmapGrantsCall takes pages of others away. Addresses that Xen still uses are
// lost.
func unmapGrantsCall(t *thread) uintptr {
	va, ops, n := t.di, t.si, uint32(t.dx)
	unmapGrants(va, ops, n, grants.zero)
	for i := range uintptr(n) {
		u := (*abi.Gnttab_unmap_and_replace)(raw.Ptr(ops + i*unsafe.Sizeof(abi.Gnttab_unmap_and_replace{})))
		if u.Status != abi.GNTST_okay {
			return errno(abi.XEN_EINVAL)
		}
	}
	giveRange(va, n)
	return 0
}

//go:linkname guestGrantTable github.com/domlet/domlet/xen/guest.GrantTable
func guestGrantTable(frames uint32) (table, status uintptr, got, version uint32) {
	linkGrants()
	r := doorCall(sysGrantTable, uintptr(frames), 0, 0, 0, 0, 0)
	return tableBase, statusBase, uint32(r), uint32(r >> 32)
}

//go:linkname guestMapGrants github.com/domlet/domlet/xen/guest.MapGrants
func guestMapGrants(ops uintptr, n uint32) uintptr {
	return doorCall(sysMapGrants, ops, uintptr(n), 0, 0, 0, 0)
}

//go:linkname guestUnmapGrants github.com/domlet/domlet/xen/guest.UnmapGrants
func guestUnmapGrants(addr, ops uintptr, n uint32) bool {
	return doorCall(sysUnmapGrants, addr, ops, uintptr(n), 0, 0, 0) == 0
}
