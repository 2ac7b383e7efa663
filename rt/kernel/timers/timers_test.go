// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The heap against a map of deadlines. Host.

package timers

import (
	"math"
	"math/rand"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
)

func TestOrder(t *testing.T) {
	var h Heap
	for id, when := range []int64{50, -3, 70, 10, math.MaxInt64, math.MinInt64} {
		h.Set(uint16(id), when)
	}
	h.Set(2, 5)  // earlier
	h.Set(1, 60) // later
	h.Clear(3)
	for _, want := range []uint16{5, 2, 0, 1, 4} {
		id, _, ok := h.Min()
		if !ok || id != want {
			t.Errorf("Min = %d, %v, want %d", id, ok, want)
		}
		h.Clear(id)
	}
	if _, _, ok := h.Min(); ok || h.Len() != 0 {
		t.Error("an empty heap has a minimum")
	}
}

func TestOutOfRange(t *testing.T) {
	var h Heap
	h.Set(Max, 1)
	h.Set(65535, 1)
	h.Clear(Max)
	h.Clear(3)
	if h.Len() != 0 || h.Armed(Max) || h.Armed(0) {
		t.Error("took a number that is no thread")
	}
}

func TestEveryThread(t *testing.T) {
	var h Heap
	for round := int64(0); round < 2; round++ { // the second round moves them all
		for id := uint16(0); id < Max; id++ {
			h.Set(id, int64(id)*(1-2*round))
		}
	}
	if h.Len() != Max {
		t.Fatalf("Len = %d", h.Len())
	}
	for want := Max - 1; want >= 0; want-- {
		id, when, _ := h.Min()
		if int(id) != want || when != -int64(want) {
			t.Fatalf("Min = %d, %d, want %d", id, when, want)
		}
		h.Clear(id)
	}
}

// model maps threads to deadlines.
type model map[uint16]int64

func (o model) min() (when int64) {
	when = math.MaxInt64
	for _, w := range o {
		when = min(when, w)
	}
	return when
}

func TestAgainstModel(t *testing.T) {
	r := testkit.Rand(t)
	for round := 0; round < 30; round++ {
		var h Heap
		o := model{}
		threads, span := 1+r.Intn(Max), int64(1+r.Intn(1000))
		for i := 0; i < 2000; i++ {
			step(r, &h, o, uint16(r.Intn(threads)), r.Int63n(span)-span/2)
			check(t, &h, o)
		}
	}
}

func step(r *rand.Rand, h *Heap, o model, id uint16, when int64) {
	if r.Intn(3) == 0 {
		h.Clear(id)
		delete(o, id)
		return
	}
	h.Set(id, when)
	o[id] = when
}

func check(t *testing.T, h *Heap, o model) {
	t.Helper()
	id, when, ok := h.Min()
	if h.Len() != len(o) || ok != (len(o) > 0) {
		t.Fatalf("Len = %d, Min %v, want %d", h.Len(), ok, len(o))
	}
	if want, armed := o[id]; ok && (!armed || when != want || when != o.min()) {
		t.Fatalf("Min = %d, %d; its deadline is %d, the earliest is %d", id, when, want, o.min())
	}
	for i := uint32(0); i < h.n; i++ {
		if _, armed := o[h.heap[i]]; !armed || !h.Armed(h.heap[i]) || h.at[h.heap[i]] != uint16(i)+1 {
			t.Fatalf("position %d is wrong", i)
		}
	}
}

func BenchmarkSetClear(b *testing.B) {
	var h Heap
	for id := uint16(0); id < 64; id++ {
		h.Set(id, int64(id))
	}
	for b.Loop() {
		h.Set(100, 7)
		h.Clear(100)
	}
}
