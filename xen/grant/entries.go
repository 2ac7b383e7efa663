// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Entries of a grant table, both versions: how one is written, and how its use
// is ended. Any goroutine; one writes an entry at a time, Xen at any time.

package grant

import (
	"fmt"
	"math"
	"sync/atomic"

	"github.com/domlet/domlet/xen/abi"
)

// Sizes in bytes: of an entry in each version, and of a status.
const (
	entrySize1 = 8
	entrySize2 = 16
	statusSize = 2
)

// inUse are the bits that Xen sets while a peer uses the page.
const inUse = abi.GTF_reading | abi.GTF_writing

// capacity is how many entries the table has.
func (f *Frames) capacity() int { return len(f.Entries) / f.entrySize() }

func (f *Frames) entrySize() int {
	if f.Version == 2 {
		return entrySize2
	}
	return entrySize1
}

// head is the word with an entry's flags, in the low half, and domain.
func (f *Frames) head(r Ref) *uint32 { return word(f.Entries, uint32(r)*uint32(f.entrySize())) }

// fits says what to do about a frame whose number an entry cannot hold.
func (f *Frames) fits(frame uint64) error {
	if f.Version == 2 || frame <= math.MaxUint32 {
		return nil
	}
	return fmt.Errorf("grant: frame %#x does not fit an entry of version 1: start the domain with grant=v2", frame)
}

// permit lets peer use a frame from now on; the frame fits.
func (f *Frames) permit(r Ref, peer abi.Domid_t, frame uint64, readOnly bool) {
	if f.Version == 2 {
		at := uint32(r) * entrySize2
		atomic.StoreUint32(word(f.Entries, at+8), uint32(frame))
		atomic.StoreUint32(word(f.Entries, at+12), uint32(frame>>32))
	} else {
		atomic.StoreUint32(word(f.Entries, uint32(r)*entrySize1+4), uint32(frame))
	}
	flags := uint32(abi.GTF_permit_access)
	if readOnly {
		flags |= abi.GTF_readonly
	}
	// The flags make the entry valid, so they come last.
	atomic.StoreUint32(f.head(r), flags|uint32(peer)<<16)
}

// end takes the permission away. False: the peer uses the page right now. In
// version 1 the entry then stays as it is, because Xen keeps its bits there; in
// version 2 nobody can begin to use the page any more.
func (f *Frames) end(r Ref) bool {
	if f.Version == 2 {
		atomic.StoreUint32(f.head(r), 0)
		return f.status(r)&inUse == 0
	}
	for h := f.head(r); ; {
		v := atomic.LoadUint32(h)
		if v&inUse != 0 {
			return false
		}
		if atomic.CompareAndSwapUint32(h, v, 0) {
			return true
		}
	}
}

// status reads an entry's half of its status word.
func (f *Frames) status(r Ref) uint32 {
	at := uint32(r) * statusSize
	return atomic.LoadUint32(word(f.Status, at&^3)) >> (at % 4 * 8) & 0xffff
}
