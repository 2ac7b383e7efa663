// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Which entries of the table are free. Under the table's lock.

package grant

import "github.com/domlet/domlet/xen/abi"

// refs hands out entries. The toolstack's own, at the front, are never given.
type refs struct {
	next Ref   // entries from here on were never used
	end  Ref   // behind the last entry of the table
	free []Ref // used before, free now
}

// grow makes room known. The first call begins behind the reserved entries.
func (r *refs) grow(capacity int) {
	r.next = max(r.next, abi.GNTTAB_NR_RESERVED_ENTRIES)
	r.end = max(r.end, Ref(capacity))
}

// left counts the free entries.
func (r *refs) left() int {
	if r.end < r.next {
		return len(r.free)
	}
	return int(r.end-r.next) + len(r.free)
}

// take returns a free entry; the caller has looked at left.
func (r *refs) take() Ref {
	if n := len(r.free); n > 0 {
		ref := r.free[n-1]
		r.free = r.free[:n-1]
		return ref
	}
	r.next++
	return r.next - 1
}

func (r *refs) give(ref Ref) { r.free = append(r.free, ref) }
