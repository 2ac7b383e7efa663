// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A trial that walks the page tables and compares each page with what it may be
// used for. Kernel, lock held.

//go:build domlet && domlettest

package kernel

import "github.com/domlet/domlet/xen/raw"

// walker counts what it has seen.
type walker struct {
	pages, wrong uint64
	seen         [5]uint32 // the table of each level that was looked at last
}

// walk looks at every page there is, but Xen's own, and returns how many may be
// used for what they may not. It prints each, and how many there are.
func walk() uintptr {
	var w walker
	w.rangeOf(0, highest)
	w.rangeOf(directBase, ^uintptr(0))
	say("walked ")
	sayNumber(w.pages)
	say(" pages\n")
	return uintptr(w.wrong)
}

// rangeOf looks at the pages from first to the one that holds last.
func (w *walker) rangeOf(first, last uintptr) {
	for va := skip(first); va >= first && va <= last; va = skip(va + raw.PageSize) {
		if _, ok := examine(va); ok {
			w.pages++
			w.page(va)
			w.tables(va)
		}
	}
}

// page compares one page with what it is for.
func (w *walker) page(va uintptr) {
	is, _ := examine(va)
	write, exec, ok := meant(va)
	switch {
	case !ok:
		w.complain(va, "is mapped, and nothing belongs there")
	case is.Write && !write:
		w.complain(va, "may be written")
	case is.Exec && !exec:
		w.complain(va, "may be executed")
	case is.Write && describes(is.Frame):
		w.complain(va, "has descriptor tables and may be written")
	}
	if va >= imageBase && va < codeEnd && !write {
		if alias, ok := examine(frame(is.Frame)); !ok || alias.Write || alias.Frame != is.Frame {
			w.complain(frame(is.Frame), "is another way to write it")
		}
	}
}

// describes reports whether a frame has a vCPU's descriptor tables. In a PV domain
// none has: Xen keeps them.
func describes(pfn uint32) bool {
	for i := range cpus.n {
		if page := cpuAt(i).machine.Page; page != 0 && frameAt(page) == pfn {
			return true
		}
	}
	return false
}

// tables sees that the page tables that lead to va cannot be written either.
func (w *walker) tables(va uintptr) {
	for level := 1; level <= 4; level++ {
		pfn, ok := tableOf(va, level)
		if !ok || pfn == w.seen[level] {
			continue
		}
		w.seen[level] = pfn
		if alias, ok := examine(frame(pfn)); (!ok || alias.Write) && pfn != openTable() {
			w.complain(frame(pfn), "is a page table and may be written")
		}
	}
}

func (w *walker) complain(va uintptr, what string) {
	if w.wrong++; w.wrong > 10 {
		return
	}
	sayReg("page ", va)
	say(" ")
	say(what)
	say("\n")
}

// meant returns what the page at va may be used for. False: there must be none.
// Outside the image all memory is data.
func meant(va uintptr) (write, exec, ok bool) {
	if va < imageBase {
		return false, false, false
	}
	if va >= codeEnd {
		return true, false, true
	}
	h := (*elfHeader)(raw.Ptr(imageBase))
	for i := range h.phnum {
		if s := h.segment(i); s.kind == ptLoad && va >= s.low() && va < s.high() {
			return s.flags&pfWrite != 0, s.flags&pfExec != 0, true
		}
	}
	return false, false, false
}

// textStart is the first page of code.
func textStart() uintptr { return codeSegment().low() }
