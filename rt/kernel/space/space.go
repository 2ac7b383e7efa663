// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The record and its one way of changing. Kernel and page fault, lock held.

package space

// MaxRegions is how many regions a Map has room for.
const MaxRegions = 2048

// Kind says what a region is for.
type Kind uint8

// The kinds. Addresses in no region are None, and no region is None.
const (
	None     Kind = iota // nobody's: a touch is an error
	Reserved             // taken, but a touch is an error
	Demand               // read-write; a page of zeros appears at the first touch
	Constant             // the same, but that writing is an error
	Fixed                // mapped by the kernel itself: never filled on demand, never given away
)

// Region is the addresses from Start up to, but without, End.
type Region struct {
	Start, End uintptr
	Kind       Kind
}

// Map is the record. The zero Map is an address space with nothing in it.
type Map struct {
	n       uint
	regions [MaxRegions]Region
}

// live returns the regions in use, in order of address.
func (m *Map) live() []Region { return m.regions[:min(m.n, MaxRegions)] }

// Len returns the number of regions.
func (m *Map) Len() int { return int(m.n) }

// At returns region i in order of address, or the zero Region when there is
// none of that number.
func (m *Map) At(i int) Region {
	if r := m.live(); uint(i) < uint(len(r)) {
		return r[i]
	}
	return Region{}
}

// Set makes [start, end) all of kind k, whatever it was. False: the table is
// full, or start is above end; then nothing changed.
func (m *Map) Set(start, end uintptr, k Kind) bool {
	if start >= end {
		return start == end
	}
	first, last := m.touching(start, end)
	var p pieces
	p.left(m.At(first), start)
	p.add(Region{start, end, k})
	p.right(m.At(last-1), end)
	return m.replace(first, last, &p)
}

// Clear makes [start, end) belong to nobody, with the conditions of Set: to
// punch a hole takes one region more.
func (m *Map) Clear(start, end uintptr) bool { return m.Set(start, end, None) }

// touching returns the regions first .. last-1 that overlap [start, end) or
// border on it.
func (m *Map) touching(start, end uintptr) (first, last int) {
	first = m.search(start)
	if first > 0 && m.At(first-1).End == start {
		first--
	}
	for last = first; last < m.Len() && m.At(last).Start <= end; last++ {
	}
	return first, last
}

// pieces is what takes the place of the regions a change touches.
type pieces struct {
	n    uint
	part [4]Region // three are used; four let the index be masked
}

// left adds what is left of r below start.
func (p *pieces) left(r Region, start uintptr) {
	if r.Kind != None && r.Start < start {
		p.add(Region{r.Start, start, r.Kind})
	}
}

// right adds what is left of r above end.
func (p *pieces) right(r Region, end uintptr) {
	if r.Kind != None && r.End > end {
		p.add(Region{end, r.End, r.Kind})
	}
}

// add appends r, or lengthens the last piece when the two are of one kind and
// touch.
func (p *pieces) add(r Region) {
	if r.Kind == None {
		return
	}
	if last := &p.part[(p.n-1)%4]; p.n > 0 && last.Kind == r.Kind && last.End == r.Start {
		last.End = r.End
		return
	}
	p.part[p.n%4] = r
	p.n++
}

// replace puts p in the place of regions first .. last-1; false when they do
// not fit.
func (m *Map) replace(first, last int, p *pieces) bool {
	removed := uint(last - first)
	if m.n-removed+p.n > MaxRegions {
		return false
	}
	m.move(uint(first)+p.n, uint(last))
	m.n += p.n - removed
	for i := uint(0); i < p.n; i++ {
		if at := uint(first) + i; at < MaxRegions {
			m.regions[at] = p.part[i%4]
		}
	}
	return true
}

// move moves the regions from number from on to number to; both are at most
// MaxRegions, and what falls off the end was not in use.
func (m *Map) move(to, from uint) {
	copy(m.regions[min(to, MaxRegions):], m.live()[min(from, m.n, MaxRegions):])
}
