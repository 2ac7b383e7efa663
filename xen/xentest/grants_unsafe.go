// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What Xen does with grant entries: it checks them, pins pages, and sets the
// bits that say so. Host; host.mu held.

package xentest

import (
	"encoding/binary"
	"sync/atomic"
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
)

// entry is where a grant entry lies: the word with flags and domain, the frame
// number, and the word that holds the bits for pages in use.
type entry struct {
	head, use *uint32
	shift     uint32 // of the bits in use
	frame     uint64
}

// entry finds an entry of the table as far as it was given out.
func (g *grants) entry(ref grant.Ref) (e entry, ok bool) {
	size := uint64(8 * g.version)
	at := uint64(ref) * size
	if at+size > uint64(g.frames*grant.PageSize) {
		return e, false
	}
	e.head = word(g.entries[at:])
	if g.version == 1 {
		e.use, e.frame = e.head, uint64(binary.LittleEndian.Uint32(g.entries[at+4:]))
		return e, true
	}
	s := uint64(ref) * 2
	e.use, e.shift = word(g.status[s&^3:]), uint32(s%4*8)
	e.frame = binary.LittleEndian.Uint64(g.entries[at+8:])
	return e, true
}

// word makes a word of memory that the domain changes with atomic operations.
func word(b []byte) *uint32 { return (*uint32)(unsafe.Pointer((*[4]byte)(b))) }

// pin has user begin to use one of owner's pages; the status is Xen's.
func (owner *Domain) pin(user abi.Domid_t, ref grant.Ref, readOnly bool) (*active, int16) {
	g := owner.grants
	if g == nil {
		return nil, abi.GNTST_bad_gntref
	}
	e, ok := g.entry(ref)
	if !ok {
		return nil, abi.GNTST_bad_gntref
	}
	bits := uint32(abi.GTF_reading | abi.GTF_writing)
	if readOnly {
		bits = abi.GTF_reading
	}
	if s := e.mark(user, bits); s != abi.GNTST_okay {
		return nil, s
	}
	return g.use(owner, ref, e.frame, !readOnly)
}

// mark checks the entry and sets its bits in one step, as Xen does.
func (e *entry) mark(user abi.Domid_t, bits uint32) int16 {
	for {
		v := atomic.LoadUint32(e.head)
		switch {
		case v&abi.GTF_type_mask != abi.GTF_permit_access:
			return abi.GNTST_bad_gntref
		case abi.Domid_t(v>>16) != user:
			return abi.GNTST_permission_denied
		case v&abi.GTF_readonly != 0 && bits&abi.GTF_writing != 0:
			return abi.GNTST_permission_denied
		}
		if e.use != e.head {
			atomic.OrUint32(e.use, bits<<e.shift)
			if atomic.LoadUint32(e.head) == v {
				return abi.GNTST_okay
			}
			atomic.AndUint32(e.use, ^(bits << e.shift))
		} else if atomic.CompareAndSwapUint32(e.head, v, v|bits) {
			return abi.GNTST_okay
		}
	}
}

// use counts one use of an entry that was marked.
func (g *grants) use(owner *Domain, ref grant.Ref, frame uint64, write bool) (*active, int16) {
	a := g.active[ref]
	if a == nil {
		p := g.memory[frame]
		if p == nil {
			return nil, abi.GNTST_bad_page
		}
		a = &active{owner: owner, ref: ref, page: p}
		g.active[ref] = a
	}
	a.reads++
	if write {
		a.write++
	}
	a.page.used++
	return &active{owner: owner, ref: ref, page: a.page, mine: write}, abi.GNTST_okay
}

// unpin ends the use that pin began.
func (a *active) unpin() {
	g := a.owner.grants
	sum := g.active[a.ref]
	sum.reads--
	if a.mine {
		sum.write--
	}
	a.page.used--
	e, _ := g.entry(a.ref)
	if sum.write == 0 {
		atomic.AndUint32(e.use, ^(abi.GTF_writing << e.shift))
	}
	if sum.reads == 0 {
		atomic.AndUint32(e.use, ^(abi.GTF_reading << e.shift))
		delete(g.active, a.ref)
	}
}
