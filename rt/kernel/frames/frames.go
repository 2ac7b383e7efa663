// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The allocator: set-up, single frames, runs. Kernel, lock held.

package frames

import "github.com/domlet/domlet/xen/raw"

// Map is the allocator's state. The zero Map owns nothing and gives nothing.
type Map struct {
	bits    uintptr // address of the bitmap, one bit a frame, 1 = free
	summary uintptr // address of the summary, one bit a word of bits, 1 = not empty
	frames  uint32  // frames covered: numbers 0 .. frames-1
	cursor  uint32  // where the next search for a single frame begins
	free    uint32  // frames free now
	total   uint32  // frames donated
}

// words returns how many 64-bit words hold n bits.
func words(n uintptr) uintptr { return (n + 63) / 64 }

// Bytes returns the storage, in bytes, that a map of that many frames needs:
// a multiple of 8, about 1/32000 of the memory described.
func Bytes(frames uint32) uintptr {
	n := words(uintptr(frames))
	return 8 * (n + words(n))
}

// Init lays the map over storage, Bytes(frames) of zeroed or unzeroed memory
// at a multiple of 8, and marks every frame busy.
func (m *Map) Init(storage uintptr, frames uint32) {
	n := words(uintptr(frames))
	*m = Map{bits: storage, summary: storage + 8*n, frames: frames}
	raw.ZeroWords(storage, n+words(n))
}

// Available returns how many frames are free.
func (m *Map) Available() uint32 { return m.free }

// Total returns how many frames were donated.
func (m *Map) Total() uint32 { return m.total }

// Donate gives the n frames from pfn to the allocator for the first time.
// False: some are out of range, or free already; then nothing changed.
func (m *Map) Donate(pfn, n uint32) bool {
	if !m.release(pfn, n) {
		return false
	}
	m.total += n
	return true
}

// Free takes a frame back. False: it is out of range or free already.
func (m *Map) Free(pfn uint32) bool { return m.release(pfn, 1) }

// FreeRun takes back the n frames from pfn, with the conditions of Donate.
func (m *Map) FreeRun(pfn, n uint32) bool { return m.release(pfn, n) }

func (m *Map) release(pfn, n uint32) bool {
	if !m.holds(pfn, n) || m.nextFree(pfn) < pfn+n {
		return false
	}
	m.mark(pfn, n, true)
	m.free += n
	return true
}

// holds reports whether the map covers all of [pfn, pfn+n).
func (m *Map) holds(pfn, n uint32) bool { return pfn <= m.frames && n <= m.frames-pfn }

// Alloc takes one frame, the first free one at or behind the last one taken.
// Its content is whatever was in it.
func (m *Map) Alloc() (pfn uint32, ok bool) {
	if m.free == 0 {
		return 0, false
	}
	pfn = m.nextFree(m.cursor)
	if pfn == m.frames {
		pfn = m.nextFree(0)
	}
	m.take(pfn, 1)
	m.cursor = pfn + 1
	return pfn, true
}

// AllocRun takes n frames that follow each other, the first a multiple of
// align, which is a power of two (0 counts as 1). False: n is 0, align is no
// power of two, or there is no such run.
func (m *Map) AllocRun(n, align uint32) (pfn uint32, ok bool) {
	if n == 0 || n > m.free || align&(align-1) != 0 {
		return 0, false
	}
	for at := uint32(0); ; {
		at = m.nextFree(at)
		up := alignUp(at, align)
		if up < at || !m.holds(up, n) {
			return 0, false
		}
		busy := m.nextBusy(up, up+n)
		if busy == up+n {
			m.take(up, n)
			return up, true
		}
		at = busy
	}
}

// alignUp returns the first multiple of align at or above pfn; a result below
// pfn means there is none in 32 bits.
func alignUp(pfn, align uint32) uint32 {
	if align == 0 {
		return pfn
	}
	return (pfn + align - 1) &^ (align - 1)
}

func (m *Map) take(pfn, n uint32) {
	m.mark(pfn, n, false)
	m.free -= n
}
