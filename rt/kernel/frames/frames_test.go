// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Property tests of the allocator against a plain slice of bools. Host.

package frames

import (
	"math/rand"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
)

// newMap returns a map over guarded memory full of rubbish.
func newMap(t testing.TB, n uint32) *Map {
	addr, _ := testkit.Memory(t, int(Bytes(n)))
	m := new(Map)
	m.Init(addr, n)
	return m
}

func TestBytes(t *testing.T) {
	for _, c := range []struct {
		frames uint32
		want   uintptr
	}{{0, 0}, {1, 16}, {64, 16}, {65, 24}, {4096, 65 * 8}, {4097, 67 * 8}, {1<<32 - 1, (1<<26 + 1<<20) * 8}} {
		if got := Bytes(c.frames); got != c.want {
			t.Errorf("Bytes(%d) = %d, want %d", c.frames, got, c.want)
		}
	}
}

func TestZeroMap(t *testing.T) {
	var m Map
	if _, ok := m.Alloc(); ok || m.Free(0) || m.Donate(0, 1) {
		t.Error("a map without storage gave or took a frame")
	}
	if _, ok := m.AllocRun(1, 1); ok {
		t.Error("a map without storage gave a run")
	}
}

func TestRefusals(t *testing.T) {
	m := newMap(t, 200)
	if !m.Donate(10, 100) || m.Available() != 100 || m.Total() != 100 {
		t.Fatal("Donate")
	}
	for name, got := range map[string]bool{
		"free of a free frame":     m.Free(10),
		"free beyond the map":      m.Free(200),
		"free far beyond":          m.Free(1<<32 - 1),
		"donation that overlaps":   m.Donate(0, 11),
		"donation beyond the end":  m.Donate(199, 2),
		"donation that wraps":      m.Donate(150, 1<<32-1),
		"run with an odd align":    second(m.AllocRun(1, 3)),
		"run of nothing":           second(m.AllocRun(0, 1)),
		"run of more than is free": second(m.AllocRun(101, 1)),
		"run that cannot align":    second(m.AllocRun(100, 16)),
	} {
		if got {
			t.Errorf("%s was granted", name)
		}
	}
	if m.Available() != 100 || m.Total() != 100 {
		t.Errorf("refusals changed the counts: %d free of %d", m.Available(), m.Total())
	}
}

func second(_ uint32, ok bool) bool { return ok }

func TestNextFit(t *testing.T) {
	m := newMap(t, 128)
	m.Donate(0, 128)
	a, _ := m.Alloc()
	b, _ := m.Alloc()
	m.Free(a)
	if c, _ := m.Alloc(); c != b+1 {
		t.Errorf("third frame is %d, want %d: the search must go on behind the last one", c, b+1)
	}
	for i := 3; i < 128; i++ {
		m.Alloc()
	}
	if d, ok := m.Alloc(); !ok || d != a {
		t.Errorf("last frame is %d %v, want %d: the search must wrap", d, ok, a)
	}
	if _, ok := m.Alloc(); ok {
		t.Error("a full map gave a frame")
	}
}

func TestAlignUp(t *testing.T) {
	for _, c := range []struct{ pfn, align, want uint32 }{
		{0, 0, 0}, {5, 0, 5}, {5, 1, 5}, {5, 4, 8}, {8, 4, 8}, {1<<31 + 1, 1 << 31, 0}, {1<<32 - 1, 2, 0},
	} {
		if got := alignUp(c.pfn, c.align); got != c.want {
			t.Errorf("alignUp(%#x, %#x) = %#x, want %#x", c.pfn, c.align, got, c.want)
		}
	}
}

// model is the truth the bitmaps are compared with.
type model []bool

func (o model) run(at, n uint32, want bool) bool {
	for i := at; i < at+n; i++ {
		if o[i] != want {
			return false
		}
	}
	return true
}

func (o model) fill(at, n uint32, v bool) {
	for i := at; i < at+n; i++ {
		o[i] = v
	}
}

// firstRun is what AllocRun must return, found the slow way.
func (o model) firstRun(n, align uint32) (uint32, bool) {
	for at := uint32(0); at+n <= uint32(len(o)); at += align {
		if o.run(at, n, true) {
			return at, true
		}
	}
	return 0, false
}

func (o model) count() (n uint32) {
	for _, f := range o {
		if f {
			n++
		}
	}
	return n
}

func TestAgainstModel(t *testing.T) {
	r := testkit.Rand(t)
	for round := 0; round < 60; round++ {
		n := uint32(1 + r.Intn(1+r.Intn(20000)))
		m, o := newMap(t, n), make(model, n)
		donateRandom(t, r, m, o)
		for i := 0; i < 400; i++ {
			step(t, r, m, o)
		}
		if m.Available() != o.count() {
			t.Fatalf("%d free, want %d", m.Available(), o.count())
		}
		drain(t, m, o)
	}
}

func donateRandom(t *testing.T, r *rand.Rand, m *Map, o model) {
	for i := 0; i < 5; i++ {
		at := uint32(r.Intn(len(o)))
		n := uint32(r.Intn(len(o) - int(at) + 1))
		want := o.run(at, n, false)
		if got := m.Donate(at, n); got != want {
			t.Fatalf("Donate(%d, %d) = %v, want %v", at, n, got, want)
		}
		if want {
			o.fill(at, n, true)
		}
	}
	if m.Total() != o.count() {
		t.Fatalf("Total = %d, want %d", m.Total(), o.count())
	}
}

func step(t *testing.T, r *rand.Rand, m *Map, o model) {
	switch r.Intn(4) {
	case 0:
		stepAlloc(t, m, o)
	case 1, 2:
		stepFree(t, r, m, o)
	case 3:
		stepRun(t, r, m, o)
	}
}

func stepAlloc(t *testing.T, m *Map, o model) {
	p, ok := m.Alloc()
	if ok != (o.count() > 0) || ok && !o[p] {
		t.Fatalf("Alloc = %d, %v", p, ok)
	}
	if ok {
		o[p] = false
	}
}

func stepFree(t *testing.T, r *rand.Rand, m *Map, o model) {
	at := uint32(r.Intn(len(o)))
	n := min(uint32(1+r.Intn(200)), uint32(len(o))-at)
	want := o.run(at, n, false)
	if got := m.FreeRun(at, n); got != want {
		t.Fatalf("FreeRun(%d, %d) = %v, want %v", at, n, got, want)
	}
	if want {
		o.fill(at, n, true)
	}
}

func stepRun(t *testing.T, r *rand.Rand, m *Map, o model) {
	n, align := uint32(1+r.Intn(300)), uint32(1)<<r.Intn(9)
	want, wantOK := o.firstRun(n, align)
	if got, ok := m.AllocRun(n, align); ok != wantOK || got != want {
		t.Fatalf("AllocRun(%d, %d) = %d, %v, want %d, %v", n, align, got, ok, want, wantOK)
	}
	if wantOK {
		o.fill(want, n, false)
	}
}

// drain takes every frame that is left, each exactly once.
func drain(t *testing.T, m *Map, o model) {
	for left := o.count(); left > 0; left-- {
		stepAlloc(t, m, o)
	}
	if _, ok := m.Alloc(); ok || m.Available() != 0 {
		t.Fatal("an empty map gave a frame")
	}
}

func BenchmarkAlloc1GiB(b *testing.B) {
	m := newMap(b, 1<<18)
	m.Donate(0, 1<<18)
	for i := 0; i < 1<<18-8; i++ { // nearly full: the search has far to go
		m.Alloc()
	}
	for b.Loop() {
		p, _ := m.Alloc()
		m.Free(p)
	}
}

func BenchmarkAllocRun(b *testing.B) {
	m := newMap(b, 1<<18)
	m.Donate(0, 1<<18)
	for b.Loop() {
		p, _ := m.AllocRun(512, 512)
		m.FreeRun(p, 512)
	}
}
