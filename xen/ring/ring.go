// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What both ends of a ring have in common. Portable; one goroutine at a time for
// each end.

package ring

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
)

// Memory is the shared page or pages. A word is read and written in one step;
// what was stored before it is seen by who sees it, and a store is seen before
// anything that is loaded later. Copies end where the memory ends, and copy
// nothing once it is closed.
type Memory interface {
	Len() int
	Load32(off uint32) uint32
	Store32(off, v uint32)
	CopyOut(dst []byte, off uint32) int
	CopyIn(off uint32, src []byte) int
}

// Errors to test for; what is returned says more.
var (
	// ErrIndex: the other side's index cannot be. The ring is good for nothing.
	ErrIndex = errors.New("ring: the other side's index cannot be")
	// ErrFull: there is no slot free, or no request left to answer. The caller has
	// not counted.
	ErrFull = errors.New("ring: no slot free")
)

// Bytes from the start of the page at which the words of abi.Sring stand, and the
// slots begin.
const (
	reqProd  = 0
	reqEvent = 4
	rspProd  = 8
	rspEvent = 12
	firstOff = 64
)

// end is one end of a ring.
type end struct {
	mem   Memory
	slots uint32 // how many; a power of two
	size  uint32 // of a slot, in bytes
	err   error  // after the first one nothing is believed any more
}

// newEnd lays a ring with slots of that many bytes over memory, as many as fit.
func newEnd(m Memory, slot int) (end, error) {
	n := 0
	if slot > 0 {
		n = (m.Len() - firstOff) / slot
	}
	if n < 1 {
		return end{}, fmt.Errorf("ring: no slot of %d bytes fits %d bytes of memory", slot, m.Len())
	}
	return end{mem: m, slots: 1 << (bits.Len32(uint32(n)) - 1), size: uint32(slot)}, nil
}

// Slots returns how many slots there are.
func (e *end) Slots() int { return int(e.slots) }

// at is where the slot of an index begins.
func (e *end) at(index uint32) uint32 { return firstOff + index&(e.slots-1)*e.size }

// read copies a slot out.
func (e *end) read(index uint32, b []byte) error {
	b = b[:min(len(b), int(e.size))]
	if e.mem.CopyOut(b, e.at(index)) < len(b) {
		e.err = os.ErrClosed
	}
	return e.err
}

// write fills a slot. What is behind b stays as it was.
func (e *end) write(index uint32, b []byte) error {
	if len(b) > int(e.size) {
		return fmt.Errorf("ring: %d bytes for a slot of %d", len(b), e.size)
	}
	if e.mem.CopyIn(e.at(index), b) < len(b) {
		e.err = os.ErrClosed
	}
	return e.err
}

// waiting reads the other side's index once and returns how many slots it is
// ahead of ours: at most most.
func (e *end) waiting(word, ours, most uint32) (uint32, error) {
	if e.err != nil {
		return 0, e.err
	}
	theirs := e.mem.Load32(word)
	if theirs-ours > most {
		e.err = fmt.Errorf("%w: %d, when ours is %d and %d are under way", ErrIndex, theirs, ours, most)
		return 0, e.err
	}
	return theirs - ours, nil
}

// push moves our index from before to now and reports whether the other side
// asked to hear of one of the steps between.
func (e *end) push(word, event, before, now uint32) (notify bool) {
	if e.err != nil || before == now {
		return false
	}
	e.mem.Store32(word, now)
	return now-e.mem.Load32(event) < now-before
}
