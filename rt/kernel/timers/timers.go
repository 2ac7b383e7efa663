// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package timers knows which deadline comes next.
//
// Each thread has at most one deadline: a sleep, or the limit of a futex or
// poll wait. They stand in a binary heap of thread numbers, the earliest on
// top. A second array says where in the heap each thread stands, so that moving
// or dropping a deadline, which most waits do because most waits end early,
// needs no search. The kernel arms its one hardware timer for Min.
//
// Times are whatever the caller's clock counts, nanoseconds since boot in the
// kernel. Threads with equal deadlines come out in no promised order. The
// package is pure: no locks (the kernel's own lock is held), no allocation, no
// pointers; numbers out of range are ignored.
package timers

// Max bounds the thread numbers: 0 .. Max-1.
const Max = 1024

// mask keeps an index inside the arrays where the compiler cannot see that it
// is; numbers are checked against Max before.
const mask = Max - 1

// Heap is the set of deadlines. The zero Heap is empty.
type Heap struct {
	n    uint32
	heap [Max]uint16 // thread numbers; each is due no later than the two below it
	at   [Max]uint16 // where a thread stands in heap, counted from 1; 0 = no deadline
	when [Max]int64  // the deadline of a thread that has one
}

// Len returns how many deadlines there are.
func (h *Heap) Len() int { return int(h.n) }

// Armed reports whether thread id has a deadline.
func (h *Heap) Armed(id uint16) bool { return id < Max && h.at[id&mask] != 0 }

// Min returns the earliest deadline and whose it is. It stays until Clear.
func (h *Heap) Min() (id uint16, when int64, ok bool) {
	if h.n == 0 {
		return 0, 0, false
	}
	id = h.heap[0]
	return id, h.when[id&mask], true
}

// Set gives thread id the deadline when, in place of the one it may have.
func (h *Heap) Set(id uint16, when int64) {
	if id >= Max {
		return
	}
	h.when[id&mask] = when
	if !h.Armed(id) {
		h.put(h.n, id)
		h.n++
	}
	h.settle(id)
}

// Clear drops the deadline of thread id, if it has one.
func (h *Heap) Clear(id uint16) {
	if !h.Armed(id) {
		return
	}
	hole := uint32(h.at[id&mask]) - 1
	h.at[id&mask] = 0
	h.n--
	if last := h.heap[h.n&mask]; last != id {
		h.put(hole, last)
		h.settle(last)
	}
}

// put places id at position i of the heap.
func (h *Heap) put(i uint32, id uint16) {
	h.heap[i&mask] = id
	h.at[id&mask] = uint16(i) + 1
}

// due returns the deadline of the thread at position i.
func (h *Heap) due(i uint32) int64 { return h.when[h.heap[i&mask]&mask] }

// settle moves id up or down to where its deadline belongs.
func (h *Heap) settle(id uint16) {
	i := h.up(uint32(h.at[id&mask])-1, id)
	h.down(i, id)
}

// up moves id from position i towards the top, and returns where it stops.
func (h *Heap) up(i uint32, id uint16) uint32 {
	for i > 0 && h.when[id&mask] < h.due((i-1)/2) {
		h.put(i, h.heap[(i-1)/2&mask])
		i = (i - 1) / 2
	}
	h.put(i, id)
	return i
}

// down moves id from position i towards the bottom.
func (h *Heap) down(i uint32, id uint16) {
	for {
		child := 2*i + 1
		if child+1 < h.n && h.due(child+1) < h.due(child) {
			child++
		}
		if child >= h.n || h.when[id&mask] <= h.due(child) {
			break
		}
		h.put(i, h.heap[child&mask])
		i = child
	}
	h.put(i, id)
}
