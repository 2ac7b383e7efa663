// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The direct map: built once, before the kernel has an allocator. Boot vCPU,
// events masked.

//go:build domlet

package pv

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
	"github.com/domlet/domlet/xen/raw"
)

func rawAddr[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }

// tables says where the page tables of the direct map lie: one level-3 table,
// then the level-2 tables, then the level-1 tables.
type tables struct {
	l3, l2, l1, end uint32
	low, high       uint32 // the builder's tables: [low, high)
	mapped          uint32 // frames below this are in the builder's mapping
}

// buildDirect maps all frames at Direct with tables taken from first on; low
// and high bound the builder's tables. It returns the first frame still free.
func buildDirect(low, high, first uint32) (uint32, bool) {
	l1s := (state.frames + 511) / 512
	l2s := (l1s + 511) / 512
	t := tables{l3: first, l2: first + 1, l1: first + 1 + l2s, low: low, high: high, mapped: first}
	t.end = t.l1 + l1s
	if t.end >= state.frames || l2s > 512 {
		return 0, false
	}
	for Mapped(initial(t.mapped)) {
		t.mapped++
	}
	raw.ZeroPage(initial(t.l3))
	t.seal(t.l3)
	link(state.l4, Direct>>39&511, t.l3)
	for i := uint32(0); i < l2s; i++ {
		raw.ZeroPage(initial(t.l2 + i))
		t.seal(t.l2 + i)
		link(t.l3, uintptr(i), t.l2+i)
	}
	// The part that holds the tables themselves comes first: the later ones are
	// reached through it.
	first = t.l3 / 512
	for k := uint32(0); k < l1s; k++ {
		i := (first + k) % l1s
		t.fill(t.l1+k, i)
		t.seal(t.l1 + k)
		link(t.l2+i/512, uintptr(i%512), t.l1+k)
	}
	return t.end, true
}

// fill writes the table for part i of the direct map, 512 frames, through
// whichever mapping it has by now.
func (t *tables) fill(table, i uint32) {
	at := t.addr(table)
	for j := uint32(0); j < 512; j++ {
		pfn := i*512 + j
		entry := uint64(0)
		if pfn < state.frames {
			entry = leaf(MFN(pfn), t.writable(pfn)) | state.nx
		}
		*raw.Word64(at, uintptr(j)) = entry
	}
}

// writable reports whether a frame gets a writable alias: no page table may
// have one, but those still to be filled through the direct map get it for now.
func (t *tables) writable(pfn uint32) bool {
	mine := pfn >= t.l3 && pfn < t.end && pfn < t.mapped
	theirs := pfn >= t.low && pfn < t.high
	return !mine && !theirs
}

func (t *tables) addr(pfn uint32) uintptr {
	if pfn < t.mapped {
		return initial(pfn)
	}
	return Frame(pfn)
}

// seal takes away the writable alias of a table, which Xen demands before it
// lets the table be linked.
func (t *tables) seal(pfn uint32) {
	must(hypercall.UpdateVAMapping(t.addr(pfn), leaf(MFN(pfn), false)|state.nx, abi.UVMF_INVLPG))
}

// link makes one upper-level entry point to a sealed table, at once.
func link(table uint32, slot uintptr, next uint32) {
	u := abi.Mmu_update{Ptr: entryAddr(table, slot), Val: MFN(next)<<12 | pteTable}
	must(hypercall.MMUUpdate(&u, 1))
}

// dropInitial unmaps what the builder mapped behind the image.
func dropInitial(end uintptr) {
	for va := end; ; va += raw.PageSize {
		table, ok := leafTable(va)
		if !ok {
			break
		}
		if entry(table, va>>12&511) != 0 {
			enqueue(entryAddr(table, va>>12&511), 0)
		}
	}
	Flush()
	FlushTLB()
}
