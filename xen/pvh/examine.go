// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Reading the page tables back, for tests of what they protect. Any kernel
// context, lock held.

//go:build domlet

package pvh

import "github.com/domlet/domlet/xen/raw"

// Rights is what a page may be used for, all levels of the tables together.
type Rights struct {
	Frame       uint32 // its number
	Write, Exec bool
}

// Examine returns what the page at va may be used for. False: there is none.
func Examine(va uintptr) (r Rights, ok bool) {
	all, nx := ^uint64(0), uint64(0)
	table := state.l4
	for shift := shiftTop; ; shift -= 9 {
		e := *raw.Word64(at(table), va>>shift&511)
		if e&ptePresent == 0 {
			return Rights{}, false
		}
		all, nx, table = all&e, nx|e&state.nx, frameIn(e)
		if shift == shiftPage || e&pteLarge != 0 {
			table += uint32(va & (1<<shift - 1) >> shiftPage)
			return Rights{table, all&pteWrite != 0, nx == 0}, true
		}
	}
}

// TableOf returns the table of level 1 to 4 on the way to va. False: the tables
// end above it.
func TableOf(va uintptr, level int) (pfn uint32, ok bool) {
	pfn = state.l4
	shift := shiftTop
	for ; level < 4; level++ {
		e := *raw.Word64(at(pfn), va>>shift&511)
		if e&ptePresent == 0 || e&pteLarge != 0 {
			return 0, false
		}
		pfn = frameIn(e)
		shift -= 9
	}
	return pfn, true
}
