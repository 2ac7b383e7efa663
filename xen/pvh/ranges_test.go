// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The sets of frames against a bit set. Host.

package pvh

import (
	"math/rand/v2"
	"testing"
)

// model is the same set, one bool a frame.
type model [64]bool

func (m *model) fill(x span, v bool) {
	for i := x.first; i < x.end; i++ {
		m[i] = v
	}
}

func (m *model) check(t *testing.T, r *ranges) {
	t.Helper()
	n := uint32(0)
	for i := range uint32(len(m)) {
		if r.meets(span{i, i + 1}) != m[i] {
			t.Fatalf("frame %d: want %v in %v", i, m[i], r.spans())
		}
		if m[i] {
			n++
		}
	}
	if r.count() != n {
		t.Fatalf("count = %d, want %d: %v", r.count(), n, r.spans())
	}
}

func TestRangesAgainstModel(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 1))
	for range 2000 {
		var r ranges
		var m model
		for _, s := range []span{{2, 20}, {30, 50}} {
			r.add(s)
			m.fill(s, true)
		}
		for range 6 {
			first := rnd.Uint32N(60)
			x := span{first, first + rnd.Uint32N(4)}
			r.remove(x)
			m.fill(x, false)
			m.check(t, &r)
		}
	}
}

func TestRangesTake(t *testing.T) {
	var r ranges
	r.add(span{100, 104})
	r.add(span{10, 13})
	for _, c := range []struct{ n, want uint32 }{{2, 10}, {2, 100}, {1, 12}, {1, 102}} {
		if got, ok := r.take(c.n); !ok || got != c.want {
			t.Errorf("take(%d) = %d, %v, want %d; left %v", c.n, got, ok, c.want, r.spans())
		}
	}
	if _, ok := r.take(2); ok {
		t.Error("two frames were found where one is left")
	}
	if r.limit() != 104 {
		t.Errorf("limit = %d", r.limit())
	}
}

func TestRangesFull(t *testing.T) {
	var r ranges
	for i := range uint32(maxRanges) {
		if !r.add(span{4 * i, 4*i + 3}) {
			t.Fatalf("no room for range %d", i)
		}
	}
	if r.add(span{1000, 1001}) {
		t.Error("one range too many was taken")
	}
	r.remove(span{1, 2}) // makes two of one: the last piece is lost
	if r.n != maxRanges || r.count() != 3*maxRanges-4 {
		t.Errorf("%d ranges, %d frames: %v", r.n, r.count(), r.spans())
	}
}
