// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Reading the page tables back, for tests of what they protect. Any kernel
// context, lock held.

//go:build domlet

package pv

// Rights is what a page may be used for, all levels of the tables together.
type Rights struct {
	Frame       uint32 // its number; meaningless for a foreign frame
	Write, Exec bool
}

// Examine returns what the page at va may be used for. False: there is none.
func Examine(va uintptr) (r Rights, ok bool) {
	all, nx := ^uint64(0), uint64(0)
	table := state.l4
	for shift := 39; shift >= 12; shift -= 9 {
		e := entry(table, va>>shift&511)
		if e&ptePresent == 0 {
			return Rights{}, false
		}
		all, nx = all&e, nx|e&state.nx
		table = pfnOf(e & pteFrame >> 12)
	}
	return Rights{table, all&pteWrite != 0, nx == 0}, true
}

// TableOf returns the table of level 1 to 4 on the way to va. False: the tables
// end above it.
func TableOf(va uintptr, level int) (pfn uint32, ok bool) {
	pfn = state.l4
	for at := 4; at > level; at-- {
		if pfn, ok = next(pfn, va>>(12+9*(at-1))&511); !ok {
			return 0, false
		}
	}
	return pfn, true
}
