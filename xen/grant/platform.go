// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a table asks of the machine under it. On the caller's goroutine.

package grant

import "github.com/domlet/domlet/xen/abi"

// Platform is the hypervisor as a table sees it: the guest's kernel and Xen, or
// memory and a model of Xen. Its methods may be called from any goroutine, Grow
// from one at a time. All memory is a whole number of pages outside the Go heap,
// or treated as if it were: only the table and [Memory] look at it.
type Platform interface {
	// Alloc returns zeroed, contiguous pages, or nil.
	Alloc(pages int) []byte
	// Free takes back what Alloc gave. No other domain can reach it any more.
	Free(mem []byte)
	// Frame returns the number by which Xen knows the page that mem begins with.
	Frame(mem []byte) uint64
	// Grow makes the grant table at least that many frames long, or as long as it
	// may get, and returns it. It never moves.
	Grow(frames int) Frames
	// Map maps pages of peer: all or none.
	Map(peer abi.Domid_t, refs []Ref, readOnly bool) (Foreign, error)
	// Unmap puts zeros in the place of what Map mapped, and forgets the addresses.
	Unmap(f Foreign) error
	// Copy carries out operations that were checked, filling in Err.
	Copy(ops []CopyOp)
}

// Frames is a grant table as it stands.
type Frames struct {
	Version int    // 1 or 2
	Entries []byte // Grant_entry_v1 or Grant_entry_v2
	Status  []byte // version 2: GTF_reading and GTF_writing, a uint16 for each entry
	Limit   int    // of frames: more will not be given
}

// Foreign is one mapping.
type Foreign struct {
	Mem     []byte
	Handles []uint32 // Xen's, one for each page
}
