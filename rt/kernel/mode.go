// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The two ways a domain boots, behind one set of names: page tables. Only the
// files mode*.go name xen/pv and xen/pvh. Kernel, lock held.

//go:build domlet

package kernel

import (
	"github.com/domlet/domlet/xen/pv"
	"github.com/domlet/domlet/xen/pvh"
)

// bootMode is a way to boot.
type bootMode uint8

const (
	modePV bootMode = iota
	modePVH
)

// mode is how this domain was booted. It is constant after the first instructions.
var mode bootMode

// The address map, the same in both modes.
const (
	imageBase  = pv.Base   // where the image begins
	directBase = pv.Direct // frames of the domain, by number
	window     = pv.Window // shared-info page, kernel stacks (stacks.go), and from 4 MiB on foreign frames
)

var _ = [1]struct{}{}[imageBase-pvh.Base|directBase-pvh.Direct|window-pvh.Window]

// frame returns the address of frame pfn in the direct map.
func frame(pfn uint32) uintptr { return directBase + uintptr(pfn)<<12 }

// frameAt returns the frame at an address of the direct map.
func frameAt(addr uintptr) uint32 { return uint32((addr - directBase) >> 12) }

// mapped reports whether va has a page. Queued writes do not count.
func mapped(va uintptr) bool {
	if mode == modePVH {
		return pvh.Mapped(va)
	}
	return pv.Mapped(va)
}

// skip returns the first address from va on that may have a page.
func skip(va uintptr) uintptr {
	if mode == modePVH {
		return pvh.Skip(va)
	}
	return pv.Skip(va)
}

// hungry reports whether mapPage may need a table it does not have.
func hungry() bool {
	if mode == modePVH {
		return pvh.Hungry()
	}
	return pv.Hungry()
}

// feedTable gives mapPage a frame for page tables. It stays one for ever.
func feedTable(pfn uint32) {
	if mode == modePVH {
		pvh.Feed(pfn)
	} else {
		pv.Feed(pfn)
	}
}

// mapPage queues an entry for va, which has no page: frame pfn, never executable.
func mapPage(va uintptr, pfn uint32, write bool) {
	if mode == modePVH {
		pvh.Map(va, pfn, write)
	} else {
		pv.Map(va, pfn, write)
	}
}

// mapForeign is mapPage for a frame that is not the domain's own, by the number
// that Xen knows it by.
func mapForeign(va uintptr, number uint64) {
	if mode == modePVH {
		pvh.MapForeign(va, number)
	} else {
		pv.MapForeign(va, number)
	}
}

// unmapPage queues the removal of va's page and returns its frame.
func unmapPage(va uintptr) (pfn uint32, ok bool) {
	if mode == modePVH {
		return pvh.Unmap(va)
	}
	return pv.Unmap(va)
}

// flushWrites ends a run of changes: queued entries take effect, and in a PVH
// domain, where they have, the tables are read-only again. An entry that went
// away needs flushTLB too, before its frame is used again.
func flushWrites() {
	if mode == modePVH {
		pvh.Flush()
	} else {
		pv.Flush()
	}
}

// flushTLB makes every vCPU forget what was unmapped.
func flushTLB() {
	if mode == modePVH {
		pvh.FlushTLB()
	} else {
		pv.FlushTLB()
	}
}

// examine returns what the page at va may be used for. False: there is none.
func examine(va uintptr) (pv.Rights, bool) {
	if mode == modePVH {
		r, ok := pvh.Examine(va)
		return pv.Rights(r), ok
	}
	return pv.Examine(va)
}

// tableOf returns the page table of level 1 to 4 on the way to va, if there is one.
func tableOf(va uintptr, level int) (pfn uint32, ok bool) {
	if mode == modePVH {
		return pvh.TableOf(va, level)
	}
	return pv.TableOf(va, level)
}

// openTable returns the page table that may be written where it lies, 0 if there
// is none: in a PV domain Xen writes them.
func openTable() uint32 {
	if mode == modePVH {
		return pvh.OpenTable()
	}
	return 0
}

// protectPages sets what may be done with the mapped pages of [start, end).
func protectPages(start, end uintptr, write, exec bool) {
	if mode == modePVH {
		pvh.Protect(start, end, write, exec)
	} else {
		pv.Protect(start, end, write, exec)
	}
}
