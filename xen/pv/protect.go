// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a page of the image may be used for. Boot vCPU, events masked.

//go:build domlet

package pv

import (
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
	"github.com/domlet/domlet/xen/raw"
)

// Protect sets what may be done with the mapped pages of [start, end): the
// builder maps everything writable and executable. A page that may not be
// written may not be written through the direct map either.
func Protect(start, end uintptr, write, exec bool) {
	for va := start; va < end; va += raw.PageSize {
		table, ok := leafTable(va)
		if !ok {
			continue
		}
		mfn := entry(table, va>>12&511) & pteFrame >> 12
		e := leaf(mfn, write)
		if !exec {
			e |= state.nx
		}
		enqueue(entryAddr(table, va>>12&511), e)
		if !write {
			must(hypercall.UpdateVAMapping(Frame(pfnOf(mfn)), leaf(mfn, false)|state.nx, abi.UVMF_NONE))
		}
	}
	Flush()
}
