// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Memory: which addresses are whose, and the frames behind them. Kernel, lock
// held.

//go:build domlet

package kernel

import (
	"github.com/domlet/domlet/rt/kernel/frames"
	"github.com/domlet/domlet/rt/kernel/space"
	"github.com/domlet/domlet/xen/raw"
)

// The program's addresses: page 0 and all below the image stay empty.
const (
	lowest  = imageBase
	highest = 1<<47 - raw.PageSize
)

// reserve is how many frames are kept for ending with a proper text once the
// domain has run out of memory.
const reserve = 16

var memory struct {
	frames frames.Map
	space  space.Map
	total  uint32 // frames of the domain
	dying  bool   // the reserve may be used

	tableless bool // the frame that could not be had was for a page table
}

// takeFrame takes one frame; its content is whatever was in it.
func takeFrame() (uint32, bool) {
	if memory.frames.Available() <= reserve && !memory.dying {
		return 0, false
	}
	return memory.frames.Alloc()
}

// feed gives the page-table writer the tables that one more page may need.
func feed() bool {
	for hungry() {
		pfn, ok := takeFrame()
		if !ok {
			memory.tableless = true
			return false
		}
		feedTable(pfn)
		me().stats.Tables++
	}
	return true
}

// filled reports whether pages of a region appear at the first touch.
func filled(k space.Kind) bool { return k == space.Demand || k == space.Constant }

// back puts a page of zeros behind va, unless there is one.
func back(va uintptr, write bool) bool {
	if mapped(va) {
		return true
	}
	if !feed() {
		return false
	}
	pfn, ok := takeFrame()
	if !ok {
		return false
	}
	raw.ZeroPage(frame(pfn))
	mapPage(va, pfn, write)
	return true
}

// commit backs every page that [start, end) touches.
func commit(start, end uintptr) bool { return commitFor(start, end, true) }

func commitFor(start, end uintptr, write bool) bool {
	for va := start &^ (raw.PageSize - 1); va < end; va += raw.PageSize {
		if !back(va, write) {
			flushWrites()
			return false
		}
	}
	flushWrites()
	return true
}

// freed collects frames until no TLB can know them any more.
type freed struct {
	n   int
	pfn [64]uint32
}

func (f *freed) add(pfn uint32) {
	f.pfn[f.n%len(f.pfn)] = pfn
	if f.n++; f.n == len(f.pfn) {
		f.flush()
	}
}

func (f *freed) flush() {
	if f.n == 0 {
		return
	}
	flushWrites()
	flushTLB()
	for _, pfn := range f.pfn[:f.n] {
		memory.frames.Free(pfn)
	}
	f.n = 0
}

// decommit takes back what is behind [start, end).
func decommit(start, end uintptr) {
	var f freed
	for va := skip(start); va < end; va = skip(va + raw.PageSize) {
		if pfn, ok := unmapPage(va); ok {
			f.add(pfn)
		}
	}
	f.flush()
}

// remap gives the pages behind [start, end) another protection. What is in them
// stays.
func remap(start, end uintptr, write bool) {
	for va := skip(start); va < end; va = skip(va + raw.PageSize) {
		if pfn, ok := unmapPage(va); ok {
			mapPage(va, pfn, write)
		}
	}
	flushWrites()
	flushTLB()
}

// user makes sure that the n bytes at addr, which the running thread passed to
// the kernel, are its own and there, to be read and written. The kernel never
// takes a fault.
func user(addr, n uintptr) bool { return there(addr, n, true) }

// readable is user for bytes that the kernel only reads.
func readable(addr, n uintptr) bool { return there(addr, n, false) }

func there(addr, n uintptr, write bool) bool {
	for va, end := addr, addr+n; va < end; {
		r, _ := memory.space.Find(va)
		if r.Kind != space.Fixed && !filled(r.Kind) || r.Kind == space.Constant && write {
			return false
		}
		if filled(r.Kind) && !commitFor(va, min(end, r.End), r.Kind == space.Demand) {
			outOfMemory("a page that a system call needs", 1)
		}
		va = r.End
	}
	return addr+n >= addr
}
