// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Page-table entries: look-up and change. Any kernel context, lock held.

//go:build domlet

package pvh

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
	"github.com/domlet/domlet/xen/raw"
	"github.com/domlet/domlet/xen/x86"
)

// Bits of a page-table entry (Intel SDM volume 3, 4.5). Accessed and dirty are
// set from the start: nobody reads them, and the CPU then need not write them.
const (
	ptePresent  = 1 << 0
	pteWrite    = 1 << 1
	pteAccessed = 1 << 5
	pteDirty    = 1 << 6
	pteLarge    = 1 << 7 // above level 1: a page of 2 MiB
	pteTable    = ptePresent | pteWrite | pteAccessed
	pteFrame    = 1<<52 - 1<<12
)

// spares is how many empty tables a new leaf may need: levels 3, 2 and 1.
const spares = 3

// state is what this package keeps.
var state struct {
	l4    uint32  // frame of the top page table
	view  uintptr // where frame 0 stands in the mapping that is used to reach tables
	nx    uint64  // the no-execute bit, where the CPU has it
	spare [spares]uint32
	have  int
	slot  uintptr // address of the entry that maps a table to be written; 0: all can be written
	open  uint32  // the table that it maps, 0: none
	vcpus uint32  // how many have been started
}

// leaf makes a last-level entry that forbids execution.
func leaf(pfn uint32, write bool) uint64 {
	e := uint64(pfn)<<shiftPage | ptePresent | pteAccessed | pteDirty | state.nx
	if write {
		e |= pteWrite
	}
	return e
}

// at returns the address of a frame as this package reaches it now.
func at(pfn uint32) uintptr { return state.view + uintptr(pfn)<<shiftPage }

func frameIn(e uint64) uint32 { return uint32(e & pteFrame >> shiftPage) }

// find returns the entry at which the walk for va ends, a page's or one that is
// not present, and the shift of its level.
func find(va uintptr) (entry *uint64, shift int) {
	table := state.l4
	for shift = shiftTop; ; shift -= 9 {
		entry = raw.Word64(at(table), va>>shift&511)
		if shift == shiftPage || *entry&ptePresent == 0 || *entry&pteLarge != 0 {
			return entry, shift
		}
		table = frameIn(*entry)
	}
}

// Skip returns the first address from va on that may be mapped: va itself, or
// one behind the hole that the upper tables show.
func Skip(va uintptr) uintptr {
	entry, shift := find(va)
	if shift == shiftPage || *entry&ptePresent != 0 {
		return va
	}
	return (va>>shift + 1) << shift
}

// Hungry reports whether Map may need a table it does not have: give it one.
func Hungry() bool { return state.have < spares }

// Feed gives Map a frame for page tables. It stays one for ever. A frame in a
// large page of the direct map becomes the table that makes small ones of it.
func Feed(pfn uint32) {
	if state.slot != 0 && Large(pfn) {
		split(pfn, pfn)
		seal(pfn)
		FlushTLB()
		return
	}
	raw.ZeroPage(at(pfn))
	if state.slot != 0 {
		seal(pfn)
	}
	state.spare[state.have%spares] = pfn
	state.have++
}

// prepare returns the entry for va at the level of shift, and makes what is
// missing above it. The caller has fed this package until it was not hungry.
func prepare(va uintptr, shift int) *uint64 {
	table := state.l4
	for s := shiftTop; s > shift; s -= 9 {
		entry := raw.Word64(at(table), va>>s&511)
		if *entry&ptePresent == 0 {
			state.have--
			set(entry, uint64(state.spare[state.have%spares])<<shiftPage|pteTable)
		}
		table = frameIn(*entry)
	}
	return raw.Word64(at(table), va>>shift&511)
}

// Map makes va lead to frame pfn, writable or not, never executable. va must not
// be mapped, and the package must not be hungry.
func Map(va uintptr, pfn uint32, write bool) { set(prepare(va, shiftPage), leaf(pfn, write)) }

// MapForeign is Map for a frame of the physical address space that is not RAM of
// the domain's.
func MapForeign(va uintptr, gfn uint64) { Map(va, uint32(gfn), true) }

// Mapped reports whether va has a page.
func Mapped(va uintptr) bool {
	entry, _ := find(va)
	return *entry&ptePresent != 0
}

// Unmap removes va's page and returns its frame.
func Unmap(va uintptr) (pfn uint32, ok bool) {
	entry, shift := find(va)
	if shift != shiftPage || *entry&ptePresent == 0 {
		return 0, false
	}
	pfn = frameIn(*entry)
	set(entry, 0)
	return pfn, true
}

// FlushTLB makes every vCPU forget what was unmapped.
func FlushTLB() {
	if state.vcpus > 1 {
		must(hypercall.HVM(abi.HVMOP_flush_tlbs, unsafe.Pointer(nil)))
		return
	}
	x86.SetCR3(x86.CR3())
}

// Protect sets what may be done with the mapped pages of [start, end), which are
// the image's. A page that may not be written may not be written through the
// direct map either.
func Protect(start, end uintptr, write, exec bool) {
	for va := start; va < end; va += raw.PageSize {
		entry, shift := find(va)
		if shift != shiftPage || *entry&ptePresent == 0 {
			continue
		}
		pfn := frameIn(*entry)
		e := leaf(pfn, write)
		if exec {
			e &^= state.nx
		}
		set(entry, e)
		alias, _ := find(Frame(pfn))
		set(alias, leaf(pfn, write))
	}
	Flush()
}
