// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The record against a model that keeps one kind for each address. Host.

package space

import (
	"math/rand"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
)

// build returns a Map holding the regions given.
func build(t *testing.T, rs ...Region) *Map {
	m := new(Map)
	for _, r := range rs {
		if !m.Set(r.Start, r.End, r.Kind) {
			t.Fatalf("Set(%v) failed", r)
		}
	}
	return m
}

// regions lists the record.
func regions(m *Map) (rs []Region) {
	for i := 0; i < m.Len(); i++ {
		rs = append(rs, m.At(i))
	}
	return rs
}

func same(a, b []Region) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestSet(t *testing.T) {
	for name, c := range map[string]struct{ sets, want []Region }{
		"apart":             {[]Region{{30, 40, Demand}, {10, 20, Demand}}, []Region{{10, 20, Demand}, {30, 40, Demand}}},
		"touching, unlike":  {[]Region{{10, 20, Demand}, {20, 30, Fixed}}, []Region{{10, 20, Demand}, {20, 30, Fixed}}},
		"touching, alike":   {[]Region{{10, 20, Demand}, {20, 30, Demand}}, []Region{{10, 30, Demand}}},
		"fills the gap":     {[]Region{{10, 20, Fixed}, {30, 40, Fixed}, {20, 30, Fixed}}, []Region{{10, 40, Fixed}}},
		"inside, unlike":    {[]Region{{10, 40, Reserved}, {20, 30, Demand}}, []Region{{10, 20, Reserved}, {20, 30, Demand}, {30, 40, Reserved}}},
		"inside, alike":     {[]Region{{10, 40, Reserved}, {20, 30, Reserved}}, []Region{{10, 40, Reserved}}},
		"hole":              {[]Region{{10, 40, Reserved}, {20, 30, None}}, []Region{{10, 20, Reserved}, {30, 40, Reserved}}},
		"covers several":    {[]Region{{10, 20, Demand}, {22, 24, Fixed}, {26, 30, Demand}, {5, 50, Reserved}}, []Region{{5, 50, Reserved}}},
		"left half":         {[]Region{{10, 40, Reserved}, {10, 20, Demand}}, []Region{{10, 20, Demand}, {20, 40, Reserved}}},
		"right half":        {[]Region{{10, 40, Reserved}, {30, 40, Demand}}, []Region{{10, 30, Reserved}, {30, 40, Demand}}},
		"grows to the left": {[]Region{{10, 20, Demand}, {20, 40, Reserved}, {20, 30, Demand}}, []Region{{10, 30, Demand}, {30, 40, Reserved}}},
		"nothing":           {[]Region{{10, 10, Demand}}, nil},
		"clear of nothing":  {[]Region{{10, 20, None}}, nil},
		"the very top":      {[]Region{{^uintptr(0) - 9, ^uintptr(0), Fixed}}, []Region{{^uintptr(0) - 9, ^uintptr(0), Fixed}}},
	} {
		if got := regions(build(t, c.sets...)); !same(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestBackwardRange(t *testing.T) {
	m := build(t, Region{10, 20, Demand})
	if m.Set(15, 12, Fixed) || m.Clear(15, 12) || !same(regions(m), []Region{{10, 20, Demand}}) {
		t.Error("a range that runs backward was taken")
	}
}

func TestAtOutside(t *testing.T) {
	m := build(t, Region{10, 20, Demand})
	if m.At(-1) != (Region{}) || m.At(1) != (Region{}) || m.At(MaxRegions) != (Region{}) {
		t.Error("At invented a region")
	}
}

func TestQuestions(t *testing.T) {
	m := build(t, Region{10, 20, Demand}, Region{30, 40, Fixed})
	for addr, want := range map[uintptr]Kind{9: None, 10: Demand, 19: Demand, 20: None, 30: Fixed, 39: Fixed, 40: None} {
		if r, ok := m.Find(addr); r.Kind != want || ok != (want != None) {
			t.Errorf("Find(%d) = %v, %v", addr, r, ok)
		}
	}
	if r, ok := m.Next(20); !ok || r.Start != 30 {
		t.Errorf("Next(20) = %v, %v", r, ok)
	}
	if _, ok := m.Next(40); ok {
		t.Error("Next(40) found something")
	}
}

func TestGap(t *testing.T) {
	m := build(t, Region{10, 20, Demand}, Region{30, 40, Fixed})
	for _, c := range []struct {
		hint, size, lo, hi, want uintptr
		ok                       bool
	}{
		{22, 8, 0, 100, 22, true},                   // the hint is free
		{22, 9, 0, 100, 0, true},                    // the hint runs into 30
		{22, 11, 0, 100, 40, true},                  // only behind the last region
		{0, 11, 0, 50, 0, false},                    // too large
		{60, 50, 0, 100, 40, true},                  // the hint runs over the end
		{0, 10, 12, 100, 20, true},                  // lo inside a region
		{5, 3, 20, 30, 20, true},                    // the hint lies below lo
		{0, 0, 0, 100, 0, false},                    // nothing asked
		{0, 1, 50, 40, 0, false},                    // bounds the wrong way round
		{0, ^uintptr(0), 0, ^uintptr(0), 0, false},  // larger than what is left
		{^uintptr(0), 2, 41, ^uintptr(0), 41, true}, // hint+size would wrap
		{35, 5, 30, 40, 0, false},                   // all taken between the bounds
		{40, 1, 40, 41, 40, true},                   // exactly one
		{0, 1, 1 << 40, 1<<40 + 1, 1 << 40, true},   // above everything
	} {
		got, ok := m.Gap(c.hint, c.size, c.lo, c.hi)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("Gap(%d, %d, %d, %d) = %d, %v", c.hint, c.size, c.lo, c.hi, got, ok)
		}
	}
}

func TestFullTable(t *testing.T) {
	m := new(Map)
	for i := uintptr(0); i < MaxRegions; i++ {
		if !m.Set(i*10, i*10+5, Demand) {
			t.Fatalf("no room at %d", i)
		}
	}
	before := *m
	if m.Set(7, 8, Demand) || m.Clear(2, 3) || m.Set(2, 3, Fixed) || m.Set(MaxRegions*10, MaxRegions*10+1, Fixed) {
		t.Error("a full table took another region")
	}
	if *m != before {
		t.Error("a refused change left a trace")
	}
	if !m.Set(0, 5, Fixed) || !m.Set(5, 10, Demand) || m.Len() != MaxRegions {
		t.Error("changes that need no room were refused")
	}
	if !m.Clear(0, MaxRegions*10) || m.Len() != 0 {
		t.Error("cannot empty a full table")
	}
}

// pages is the truth: the kind of every address below its length.
type pages []Kind

func (o pages) set(start, end uintptr, k Kind) {
	for i := start; i < end; i++ {
		o[i] = k
	}
}

// regions is the shortest list that describes the pages.
func (o pages) regions() (rs []Region) {
	for i, k := range o {
		if k == None {
			continue
		}
		if n := len(rs) - 1; n >= 0 && rs[n].End == uintptr(i) && rs[n].Kind == k {
			rs[n].End++
		} else {
			rs = append(rs, Region{uintptr(i), uintptr(i) + 1, k})
		}
	}
	return rs
}

func (o pages) is(start, end uintptr, k Kind) bool {
	for i := start; i < end; i++ {
		if o[i] != k {
			return false
		}
	}
	return true
}

func (o pages) gap(hint, size, lo, hi uintptr) (uintptr, bool) {
	if hint >= lo && hint+size <= hi && o.is(hint, hint+size, None) {
		return hint, true
	}
	for at := lo; at+size <= hi; at++ {
		if o.is(at, at+size, None) {
			return at, true
		}
	}
	return 0, false
}

func TestAgainstModel(t *testing.T) {
	r := testkit.Rand(t)
	for round := 0; round < 100; round++ {
		n := 2 + r.Intn(400)
		m, o := new(Map), make(pages, n)
		for i := 0; i < 200; i++ {
			a, b := ordered(r, n)
			k := Kind(r.Intn(4))
			if !m.Set(a, b, k) {
				t.Fatalf("Set(%d, %d, %d) failed", a, b, k)
			}
			o.set(a, b, k)
			compare(t, r, m, o)
		}
	}
}

func ordered(r *rand.Rand, n int) (lo, hi uintptr) {
	a, b := uintptr(r.Intn(n)), uintptr(r.Intn(n))
	return min(a, b), max(a, b)
}

func compare(t *testing.T, r *rand.Rand, m *Map, o pages) {
	t.Helper()
	if got, want := regions(m), o.regions(); !same(got, want) {
		t.Fatalf("regions %v, want %v", got, want)
	}
	a, b := ordered(r, len(o))
	k := Kind(r.Intn(4))
	if m.Is(a, b, k) != o.is(a, b, k) {
		t.Fatalf("Is(%d, %d, %d) = %v in %v", a, b, k, m.Is(a, b, k), regions(m))
	}
	if got, _ := m.Find(a); got.Kind != o[a] {
		t.Fatalf("Find(%d) = %v in %v", a, got, regions(m))
	}
	hint, size := uintptr(r.Intn(len(o))), uintptr(1+r.Intn(20))
	got, ok := m.Gap(hint, size, a, b)
	want, wantOK := o.gap(hint, size, a, b)
	if ok != wantOK || ok && got != want {
		t.Fatalf("Gap(%d, %d, %d, %d) = %d, %v, want %d, %v in %v", hint, size, a, b, got, ok, want, wantOK, regions(m))
	}
}

func BenchmarkFind(b *testing.B) {
	m := new(Map)
	for i := uintptr(0); i < 64; i++ {
		m.Set(i<<20, i<<20+4096, Demand)
	}
	for b.Loop() {
		m.Find(40<<20 + 100)
	}
}

func BenchmarkSetClear(b *testing.B) {
	m := new(Map)
	for i := uintptr(0); i < 64; i++ {
		m.Set(i<<20, i<<20+4096, Demand)
	}
	for b.Loop() {
		m.Set(40<<20+8192, 40<<20+12288, Reserved)
		m.Clear(40<<20+8192, 40<<20+12288)
	}
}
