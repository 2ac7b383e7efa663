// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Page-table entries: look-up, change, and the queue of writes. Any kernel
// context, lock held.

//go:build domlet

package pv

import (
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
	"github.com/domlet/domlet/xen/raw"
)

// Bits of a page-table entry (Intel SDM volume 3, 4.5). Accessed and dirty are
// set from the start: nobody reads them, and the CPU then need not write them.
// A PV kernel runs in ring 3, so every entry is a user entry.
const (
	ptePresent  = 1 << 0
	pteWrite    = 1 << 1
	pteUser     = 1 << 2
	pteAccessed = 1 << 5
	pteDirty    = 1 << 6
	pteTable    = ptePresent | pteWrite | pteUser | pteAccessed
	pteFrame    = 1<<52 - 1<<12
)

// spares is how many empty tables a new leaf may need: levels 3, 2 and 1.
const spares = 3

// batch is how many writes one hypercall carries.
const batch = 64

type queue struct {
	n int
	u [batch]abi.Mmu_update
}

// leaf makes a last-level entry.
func leaf(mfn uint64, write bool) uint64 {
	e := mfn<<12 | ptePresent | pteUser | pteAccessed | pteDirty
	if write {
		e |= pteWrite
	}
	return e
}

// entry reads an entry of a table, through whichever mapping has the tables.
func entry(table uint32, slot uintptr) uint64 {
	return *raw.Word64(state.view+uintptr(table)*raw.PageSize, slot)
}

func entryAddr(table uint32, slot uintptr) uint64 { return MFN(table)<<12 + uint64(slot)*8 }

func enqueue(ptr, val uint64) {
	q := &state.queue
	if q.n >= batch {
		Flush()
	}
	q.u[q.n&(batch-1)] = abi.Mmu_update{Ptr: ptr, Val: val}
	q.n++
}

// Flush has Xen apply the queued writes. An entry that becomes present needs
// no more; after one that went away FlushTLB must come before the frame is used.
func Flush() {
	q := &state.queue
	if q.n > 0 {
		must(hypercall.MMUUpdate(&q.u[0], q.n))
		q.n = 0
	}
}

// FlushTLB makes every vCPU forget what was unmapped.
func FlushTLB() {
	op := abi.Mmuext_op{Cmd: abi.MMUEXT_TLB_FLUSH_ALL}
	must(hypercall.MMUExtOp(&op))
}

// next follows one upper-level entry.
func next(table uint32, slot uintptr) (uint32, bool) {
	e := entry(table, slot)
	return pfnOf(e & pteFrame >> 12), e&ptePresent != 0
}

// leafTable returns the level-1 table of va, if there is one.
func leafTable(va uintptr) (table uint32, ok bool) {
	table = state.l4
	for shift := 39; shift > 12; shift -= 9 {
		if table, ok = next(table, va>>shift&511); !ok {
			return 0, false
		}
	}
	return table, true
}

// Skip returns the first address from va on that may be mapped: va itself, or
// one behind the hole that the upper tables show.
func Skip(va uintptr) uintptr {
	table := state.l4
	for shift := 39; shift > 12; shift -= 9 {
		t, ok := next(table, va>>shift&511)
		if !ok {
			return (va>>shift + 1) << shift
		}
		table = t
	}
	return va
}

// Hungry reports whether Map may need a table it does not have: give it one.
func Hungry() bool { return state.have < spares }

// Feed gives Map a frame for page tables. It stays one for ever.
func Feed(pfn uint32) {
	raw.ZeroPage(Frame(pfn))
	must(hypercall.UpdateVAMapping(Frame(pfn), leaf(MFN(pfn), false)|state.nx, abi.UVMF_INVLPG|abi.UVMF_ALL))
	state.spare[state.have%spares] = pfn
	state.have++
}

// prepare returns the level-1 table of va and makes what is missing above it.
// The caller has fed this package until it was not hungry.
func prepare(va uintptr) uint32 {
	table := state.l4
	for shift := 39; shift > 12; shift -= 9 {
		t, ok := next(table, va>>shift&511)
		if !ok {
			state.have--
			t = state.spare[state.have%spares]
			link(table, va>>shift&511, t)
		}
		table = t
	}
	return table
}

// Map queues an entry for va: frame pfn, writable or not, never executable.
// va must not be mapped, and the package must not be hungry.
func Map(va uintptr, pfn uint32, write bool) { mapMFN(va, MFN(pfn), write) }

// MapForeign is Map for a machine frame that is not the domain's own.
func MapForeign(va uintptr, mfn uint64) { mapMFN(va, mfn, true) }

func mapMFN(va uintptr, mfn uint64, write bool) {
	enqueue(entryAddr(prepare(va), va>>12&511), leaf(mfn, write)|state.nx)
}

// Mapped reports whether va has a page. Queued writes do not count.
func Mapped(va uintptr) bool {
	table, ok := leafTable(va)
	return ok && entry(table, va>>12&511)&ptePresent != 0
}

// Unmap queues the removal of va's page and returns its frame.
func Unmap(va uintptr) (pfn uint32, ok bool) {
	table, ok := leafTable(va)
	if !ok {
		return 0, false
	}
	e := entry(table, va>>12&511)
	if e&ptePresent == 0 {
		return 0, false
	}
	enqueue(entryAddr(table, va>>12&511), 0)
	return pfnOf(e & pteFrame >> 12), true
}
