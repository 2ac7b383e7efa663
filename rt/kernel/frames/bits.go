// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The two bitmaps: searching and marking. Kernel, lock held.

package frames

import (
	"math/bits"

	"github.com/domlet/domlet/xen/raw"
)

// nextFree returns the first free frame at or above pfn, or m.frames.
func (m *Map) nextFree(pfn uint32) uint32 {
	if pfn >= m.frames {
		return m.frames
	}
	w := uintptr(pfn / 64)
	if rest := *raw.Word64(m.bits, w) >> (pfn % 64); rest != 0 {
		return pfn + uint32(bits.TrailingZeros64(rest))
	}
	w, ok := m.nextWord(w + 1)
	if !ok {
		return m.frames
	}
	return uint32(w)*64 + uint32(bits.TrailingZeros64(*raw.Word64(m.bits, w)))
}

// nextWord returns the first word at or above w that has a free frame.
func (m *Map) nextWord(w uintptr) (uintptr, bool) {
	n := words(words(uintptr(m.frames)))
	skip := w % 64 // only the first summary word is read in part
	for s := w / 64; s < n; s++ {
		if rest := *raw.Word64(m.summary, s) >> skip << skip; rest != 0 {
			return s*64 + uintptr(bits.TrailingZeros64(rest)), true
		}
		skip = 0
	}
	return 0, false
}

// nextBusy returns the first busy frame in [pfn, end), or end.
func (m *Map) nextBusy(pfn, end uint32) uint32 {
	for pfn < end {
		w := ^*raw.Word64(m.bits, uintptr(pfn/64)) >> (pfn % 64)
		if w != 0 {
			return min(pfn+uint32(bits.TrailingZeros64(w)), end)
		}
		step := 64 - pfn%64
		if step > end-pfn { // also keeps pfn from wrapping at the top
			return end
		}
		pfn += step
	}
	return end
}

// mark writes the bits of [pfn, pfn+n), a word at a time.
func (m *Map) mark(pfn, n uint32, free bool) {
	for n > 0 {
		at := pfn % 64
		step := min(64-at, n)
		m.markWord(uintptr(pfn/64), ^uint64(0)>>(64-step)<<at, free)
		pfn, n = pfn+step, n-step
	}
}

// markWord writes the bits of mask in one word, and that word's summary bit.
func (m *Map) markWord(w uintptr, mask uint64, free bool) {
	word, sum := raw.Word64(m.bits, w), raw.Word64(m.summary, w/64)
	if free {
		*word |= mask
		*sum |= 1 << (w % 64)
		return
	}
	*word &^= mask
	if *word == 0 {
		*sum &^= 1 << (w % 64)
	}
}
