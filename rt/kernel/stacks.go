// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The kernel's own stacks. Each stands between two pages that have nothing in
// them, at addresses used for nothing else, so that running off one is a fault
// and not a wrong value somewhere. Kernel, lock held.

//go:build domlet

package kernel

import "github.com/domlet/domlet/xen/raw"

// The addresses of stacks: in the region that the shared-info page is in, so
// that they cost one page table and not three.
const (
	stackLow  = window + 64<<10
	stackHigh = window + 4<<20
)

// The stacks made so far: where they end, and their pages.
var (
	stackEnd   uintptr = stackLow
	stackPages uintptr
)

// newStack makes a stack of some bytes, a multiple of the page size, and returns
// its top. False: the domain has no room for it.
func newStack(size uintptr) (top uintptr, ok bool) {
	low := stackEnd + raw.PageSize
	top = low + size
	if top > stackHigh || !commit(low, top) {
		return 0, false
	}
	stackEnd = top
	stackPages += size / raw.PageSize
	return top, true
}
