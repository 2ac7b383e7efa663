// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package slots is the poller's memory: which slots were raised, and whom each
// one readies.
//
// A slot is raised by the kernel in an upcall or by a goroutine, and drained by
// netpoll on any thread; none of them takes a lock. Raising sets the slot's
// ready bits and then one bit in each level of a three-level bitmap; draining
// clears a level only after it has seen the level below empty, and looks again
// after clearing, so a raise in between is never lost.
//
// Closing bumps nothing here: a slot holds the sequence number of the pollDesc
// that it was opened with, and netpoll compares it.
//
// Slots live at an address that the caller provides, zero-filled on demand.
package slots

import (
	"math/bits"
	"sync/atomic"
	"unsafe"

	"github.com/domlet/domlet/xen/raw"
)

// Max is how many slots there are.
const Max = 1 << 20

// Bits of a slot's readiness, as Ready and Next use them.
const (
	Read  = 1
	Write = 2
)

// Bytes is how much address space a Table needs.
const Bytes = Max*unsafe.Sizeof(slot{}) + Max/8

const words = Max / 64

// slot is one slot. desc is a runtime.pollDesc, which the runtime never frees.
type slot struct {
	ready uint32
	_     uint32
	desc  uintptr
	seq   uintptr
}

// Table is the set of slots. The zero Table has none; Init gives it memory.
type Table struct {
	base uintptr
	leaf uintptr // one bit a slot
	mid  [words / 64]uint64
	top  [words / 64 / 64]uint64
}

// Init lays the table over Bytes of zeroed address space.
func (t *Table) Init(base uintptr) {
	t.base, t.leaf = base, base+Max*unsafe.Sizeof(slot{})
}

//go:nosplit // part of Raise
func (t *Table) slot(i uint32) *slot {
	return (*slot)(raw.Ptr(t.base + uintptr(i%Max)*unsafe.Sizeof(slot{})))
}

// Open binds slot i to a descriptor and its sequence number. It touches all
// that Raise will touch: the kernel asks with Backed before it raises a slot.
func (t *Table) Open(i uint32, desc, seq uintptr) {
	s := t.slot(i)
	atomic.AndUint64(raw.Word64(t.leaf, uintptr(i%Max/64)), ^(1 << (i % 64)))
	atomic.StoreUint32(&s.ready, 0)
	atomic.StoreUintptr(&s.seq, seq)
	atomic.StoreUintptr(&s.desc, desc)
}

// Backed returns the two addresses that Raise of slot i touches.
func (t *Table) Backed(i uint32) (at, leaf uintptr) {
	return t.base + uintptr(i%Max)*unsafe.Sizeof(slot{}), t.leaf + uintptr(i%Max/64)*8
}

// Opened reports whether slot i is bound. It touches the slot's page.
func (t *Table) Opened(i uint32) bool { return atomic.LoadUintptr(&t.slot(i).desc) != 0 }

// Close unbinds slot i.
func (t *Table) Close(i uint32) { atomic.StoreUintptr(&t.slot(i).desc, 0) }

// Raise makes slot i ready for mode, a set of Read and Write. It reports false
// when nobody has opened the slot. Any context; the slot's page must be there.
//
//go:nosplit // also called where a goroutine's stack may not grow
func (t *Table) Raise(i uint32, mode uint32) bool {
	s := t.slot(i)
	if atomic.LoadUintptr(&s.desc) == 0 {
		return false
	}
	atomic.OrUint32(&s.ready, mode)
	w := i % Max / 64
	atomic.OrUint64(raw.Word64(t.leaf, uintptr(w)), 1<<(i%64))
	atomic.OrUint64(&t.mid[w/64], 1<<(w%64))
	atomic.OrUint64(&t.top[w/4096], 1<<(w/64%64))
	return true
}

// Any reports whether a slot may be raised.
func (t *Table) Any() bool {
	for i := range t.top {
		if atomic.LoadUint64(&t.top[i]) != 0 {
			return true
		}
	}
	return false
}

// Next takes one raised slot: its descriptor, sequence number and mode. desc is
// 0 when none is left.
func (t *Table) Next() (desc, seq uintptr, mode uint32) {
	for {
		i, ok := t.take()
		if !ok {
			return 0, 0, 0
		}
		s := t.slot(i)
		mode = atomic.SwapUint32(&s.ready, 0)
		seq = atomic.LoadUintptr(&s.seq)
		desc = atomic.LoadUintptr(&s.desc)
		if mode != 0 && desc != 0 {
			return desc, seq, mode
		}
	}
}

// take finds a raised slot and clears its bit.
func (t *Table) take() (uint32, bool) {
	for i := uint32(0); i < uint32(len(t.top)); {
		b, ok := first(&t.top[i])
		if !ok {
			i++
			continue
		}
		m := (i*64 + b) % (words / 64)
		w, ok := t.word(m)
		if !ok {
			settle(&t.top[i], b, &t.mid[m])
			continue
		}
		leaf := raw.Word64(t.leaf, uintptr(w))
		if s, ok := first(leaf); ok && atomic.AndUint64(leaf, ^(1<<s))&(1<<s) != 0 {
			return w*64 + s, true
		}
		if settle(&t.mid[m], w%64, leaf) {
			// Another drainer may have cleared the bit above meanwhile.
			atomic.OrUint64(&t.top[i], 1<<b)
		}
	}
	return 0, false
}

// word finds a word of leaves under word m of the middle level.
func (t *Table) word(m uint32) (uint32, bool) {
	b, ok := first(&t.mid[m%uint32(len(t.mid))])
	return m*64 + b, ok
}

// settle clears bit b of an upper level after its lower word was seen empty,
// and sets it again, and says so, when that was no longer so.
func settle(upper *uint64, b uint32, lower *uint64) (again bool) {
	atomic.AndUint64(upper, ^(1 << b))
	if again = atomic.LoadUint64(lower) != 0; again {
		atomic.OrUint64(upper, 1<<b)
	}
	return again
}

func first(w *uint64) (uint32, bool) {
	v := atomic.LoadUint64(w)
	return uint32(bits.TrailingZeros64(v)) % 64, v != 0
}
