// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Page tables can only be read where they lie in the direct map. A table is
// written at one address of its own, where it is mapped while that is done. So a
// wild store cannot change a mapping, as it cannot in a PV domain, whose tables
// Xen guards. Any kernel context, lock held.

//go:build domlet

package pvh

import (
	"unsafe"

	"github.com/domlet/domlet/xen/raw"
	"github.com/domlet/domlet/xen/x86"
)

// slot is the address at which tables are written. The 2 MiB around it hold
// nothing else: their table, which leads to the slot, is the one that stays
// writable.
const slot = Window + 512<<20

// set writes an entry of a page table. While the tables of the start are made,
// they are not sealed yet.
func set(entry *uint64, v uint64) {
	if state.slot == 0 {
		*entry = v
		return
	}
	at := uintptr(unsafe.Pointer(entry))
	open(frameOf(at))
	*raw.Word64(slot, at>>3&511) = v
}

// frameOf returns the frame at an address of the direct map.
func frameOf(addr uintptr) uint32 { return uint32((addr - Direct) >> shiftPage) }

// open maps a table at the slot. Another vCPU may have used the slot since this
// one did, so what it knows of the slot is forgotten each time.
func open(table uint32) {
	if state.open == table {
		return
	}
	state.open = table
	*raw.Word64(state.slot, 0) = leaf(table, true)
	x86.InvalidatePage(slot)
}

// Flush ends a run of changes: no table can be written any more.
func Flush() {
	if state.open == 0 {
		return
	}
	state.open = 0
	*raw.Word64(state.slot, 0) = 0
	x86.InvalidatePage(slot)
}

// OpenTable returns the one table that can be written where it lies.
func OpenTable() uint32 { return frameOf(state.slot) }

// seal makes a frame read-only in the direct map, where it has a small page.
func seal(pfn uint32) {
	entry, _ := find(Frame(pfn))
	set(entry, leaf(pfn, false))
	x86.InvalidatePage(Frame(pfn))
}

// Large reports whether the frame is in a large page of the direct map.
func Large(pfn uint32) bool {
	_, shift := find(Frame(pfn))
	return shift == shiftLarge
}

// split makes small pages of the large one that holds frame pfn, with a table
// that is the caller's.
func split(pfn, table uint32) {
	entry, _ := find(Frame(pfn))
	first := frameIn(*entry)
	for i := range uint32(largePage) {
		*raw.Word64(at(table), uintptr(i)) = leaf(first+i, true)
	}
	set(entry, uint64(table)<<shiftPage|pteTable)
}

// sealAll seals the tables of the start, and from then on every table.
func (b *boot) sealAll() bool {
	if !b.feed() {
		return false
	}
	state.slot = uintptr(unsafe.Pointer(prepare(slot, shiftPage)))
	for _, pfn := range state.spare[:state.have] {
		if !b.seal(pfn) {
			return false
		}
	}
	ok := b.sealBelow(state.l4, shiftTop)
	Flush()
	FlushTLB()
	return ok
}

// sealBelow seals a table and those it leads to. shift is its level's.
func (b *boot) sealBelow(table uint32, shift int) bool {
	for i := uintptr(0); i < 512 && shift > shiftPage; i++ {
		e := *raw.Word64(at(table), i)
		if e&ptePresent != 0 && e&pteLarge == 0 && !b.sealBelow(frameIn(e), shift-9) {
			return false
		}
	}
	return table == OpenTable() || b.seal(table)
}

// seal seals one table; where it lies in a large page, that is split first, by a
// table which is then to be sealed too.
func (b *boot) seal(pfn uint32) bool {
	if Large(pfn) {
		table, ok := b.free.take(1)
		if !ok {
			return false
		}
		b.tables++
		split(pfn, table)
		if !b.seal(table) {
			return false
		}
	}
	seal(pfn)
	return true
}
