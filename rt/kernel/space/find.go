// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Questions put to the record. Kernel and page fault, lock held.

package space

// search returns the number of the first region with End above addr, or Len.
func (m *Map) search(addr uintptr) int {
	r := m.live()
	lo, hi := 0, len(r)
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if r[mid].End > addr {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// Next returns the first region with an address at or above addr in it.
func (m *Map) Next(addr uintptr) (Region, bool) {
	r := m.At(m.search(addr))
	return r, r.Kind != None
}

// Find returns the region that holds addr.
func (m *Map) Find(addr uintptr) (Region, bool) {
	r, ok := m.Next(addr)
	if !ok || r.Start > addr {
		return Region{}, false
	}
	return r, true
}

// Is reports whether every address of [start, end) is of kind k, None
// included. An empty range is of every kind.
func (m *Map) Is(start, end uintptr, k Kind) bool {
	if start >= end {
		return true
	}
	r, ok := m.Next(start)
	if k == None {
		return !ok || r.Start >= end
	}
	return ok && r.Kind == k && r.Start <= start && r.End >= end
}

// Gap finds size free addresses that lie wholly in [lo, hi): those at hint when
// they are free, otherwise the lowest ones. It changes nothing; the result
// becomes the caller's with Set. False: no such gap, or size is 0.
func (m *Map) Gap(hint, size, lo, hi uintptr) (uintptr, bool) {
	if size == 0 || lo > hi {
		return 0, false
	}
	if hint >= lo && hint <= hi && size <= hi-hint && m.Is(hint, hint+size, None) {
		return hint, true
	}
	at := lo
	for i := m.search(lo); i < m.Len(); i++ {
		r := m.At(i)
		if r.Start > at && r.Start-at >= size {
			break
		}
		at = r.End
	}
	return at, at <= hi && size <= hi-at
}
