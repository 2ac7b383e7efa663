// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The lines against slices, in random storms and by hand. Host.

package futex

import (
	"math/rand"
	"slices"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
)

func TestWakesInOrder(t *testing.T) {
	var tab Table
	const a, b = 0xc000012340, 0xc000012344
	for id := uint16(1); id <= 6; id++ {
		tab.Wait(id, []uintptr{a, b}[id%2])
	}
	for _, c := range []struct {
		addr uintptr
		want uint16
	}{{b, 1}, {a, 2}, {a, 4}, {b, 3}, {b, 5}, {b, 0}, {a, 6}, {a, 0}} {
		if id, ok := tab.Wake(c.addr); id != c.want || ok != (c.want != 0) {
			t.Errorf("Wake(%#x) = %d, %v, want %d", c.addr, id, ok, c.want)
		}
	}
}

func TestTimeout(t *testing.T) {
	var tab Table
	for id := uint16(1); id <= 3; id++ {
		tab.Wait(id, 8)
	}
	if !tab.Remove(2) || tab.Remove(2) {
		t.Error("a thread must leave exactly once")
	}
	if a, _ := tab.Wake(8); a != 1 || tab.Remove(1) {
		t.Error("who was woken must not be found waiting")
	}
	if b, _ := tab.Wake(8); b != 3 {
		t.Errorf("woke %d, want 3", b)
	}
	if !tab.Wait(2, 8) {
		t.Error("who left cannot come back")
	}
}

func TestTableRefusals(t *testing.T) {
	var tab Table
	tab.Wait(5, 100)
	before := tab
	if tab.Wait(5, 200) || tab.Wait(0, 100) || tab.Wait(MaxThreads, 100) || tab.Wait(65535, 100) {
		t.Error("took a thread that cannot wait")
	}
	if tab.Remove(0) || tab.Remove(6) || tab.Remove(MaxThreads+5) {
		t.Error("removed a thread that does not wait")
	}
	if tab != before {
		t.Error("a refusal left a trace")
	}
}

func TestAddressZeroIsAnAddress(t *testing.T) {
	var tab Table
	if _, ok := tab.Wake(0); ok {
		t.Error("woke somebody in an empty table")
	}
	tab.Wait(1, 0)
	if id, ok := tab.Wake(0); !ok || id != 1 {
		t.Error("lost the waiter of address 0")
	}
}

func TestBucketsSpread(t *testing.T) {
	var count [lines]int
	for i := uintptr(0); i < 64*lines; i++ {
		count[bucket(0xc000000000+i*4)]++
	}
	if m := slices.Max(count[:]); m > 4*64 {
		t.Errorf("one line got %d of %d neighbouring addresses", m, 64*lines)
	}
}

func TestQueueOrder(t *testing.T) {
	var q Queue
	q.Push(1)
	q.Push(2)
	q.PushFront(3)
	q.Push(4)
	q.Remove(2)
	for _, want := range []uint16{3, 1, 4} {
		if id, ok := q.Pop(); !ok || id != want {
			t.Errorf("Pop = %d, %v, want %d", id, ok, want)
		}
	}
	if id, ok := q.Pop(); ok || id != 0 || q.Len() != 0 {
		t.Error("an empty line gave a thread")
	}
}

func TestQueueRefusals(t *testing.T) {
	var q Queue
	q.Push(7)
	before := q
	for _, id := range []uint16{0, 7, MaxThreads, 65535} {
		if q.Push(id) || q.PushFront(id) {
			t.Errorf("took %d", id)
		}
	}
	if q.Remove(0) || q.Remove(8) || q.Remove(MaxThreads+7) {
		t.Error("removed a thread that does not stand in line")
	}
	if q != before {
		t.Error("a refusal left a trace")
	}
}

// waiter is one entry of the model of a Table: all waiters in order of arrival.
type waiter struct {
	id   uint16
	addr uintptr
}

type waiters []waiter

func (o *waiters) take(match func(waiter) bool) (uint16, bool) {
	i := slices.IndexFunc(*o, match)
	if i < 0 {
		return 0, false
	}
	id := (*o)[i].id
	*o = slices.Delete(*o, i, i+1)
	return id, true
}

func TestTableAgainstModel(t *testing.T) {
	r := testkit.Rand(t)
	for round := 0; round < 20; round++ {
		var tab Table
		var o waiters
		threads, addrs := 1+r.Intn(MaxThreads-1), 1+r.Intn(50)
		for i := 0; i < 3000; i++ {
			stepTable(t, r, &tab, &o, uint16(1+r.Intn(threads)), uintptr(r.Intn(addrs))*4)
		}
	}
}

func stepTable(t *testing.T, r *rand.Rand, tab *Table, o *waiters, id uint16, addr uintptr) {
	switch r.Intn(3) {
	case 0:
		want := !slices.ContainsFunc(*o, func(w waiter) bool { return w.id == id })
		if tab.Wait(id, addr) != want {
			t.Fatalf("Wait(%d) = %v", id, !want)
		}
		if want {
			*o = append(*o, waiter{id, addr})
		}
	case 1:
		want, wantOK := o.take(func(w waiter) bool { return w.addr == addr })
		if got, ok := tab.Wake(addr); got != want || ok != wantOK {
			t.Fatalf("Wake(%#x) = %d, %v, want %d, %v", addr, got, ok, want, wantOK)
		}
	case 2:
		_, want := o.take(func(w waiter) bool { return w.id == id })
		if tab.Remove(id) != want {
			t.Fatalf("Remove(%d) = %v", id, !want)
		}
	}
}

func TestQueueAgainstModel(t *testing.T) {
	r := testkit.Rand(t)
	for round := 0; round < 20; round++ {
		var q Queue
		var o []uint16
		threads := 1 + r.Intn(MaxThreads-1)
		for i := 0; i < 3000; i++ {
			o = stepQueue(t, r, &q, o, uint16(1+r.Intn(threads)))
			if q.Len() != len(o) {
				t.Fatalf("Len = %d, want %d", q.Len(), len(o))
			}
		}
	}
}

func stepQueue(t *testing.T, r *rand.Rand, q *Queue, o []uint16, id uint16) []uint16 {
	at := slices.Index(o, id)
	switch r.Intn(4) {
	case 0:
		if q.Push(id) != (at < 0) {
			t.Fatalf("Push(%d) with %v", id, o)
		} else if at < 0 {
			o = append(o, id)
		}
	case 1:
		if q.PushFront(id) != (at < 0) {
			t.Fatalf("PushFront(%d) with %v", id, o)
		} else if at < 0 {
			o = slices.Insert(o, 0, id)
		}
	case 2:
		if q.Remove(id) != (at >= 0) {
			t.Fatalf("Remove(%d) with %v", id, o)
		} else if at >= 0 {
			o = slices.Delete(o, at, at+1)
		}
	case 3:
		o = stepPop(t, q, o)
	}
	return o
}

func stepPop(t *testing.T, q *Queue, o []uint16) []uint16 {
	id, ok := q.Pop()
	if ok != (len(o) > 0) || ok && id != o[0] {
		t.Fatalf("Pop = %d, %v with %v", id, ok, o)
	}
	if !ok {
		return o
	}
	return o[1:]
}

func BenchmarkWaitWake(b *testing.B) {
	var tab Table
	for b.Loop() {
		tab.Wait(7, 0xc000123450)
		tab.Wake(0xc000123450)
	}
}

func BenchmarkPushPop(b *testing.B) {
	var q Queue
	q.Push(1)
	q.Push(2)
	for b.Loop() {
		id, _ := q.Pop()
		q.Push(id)
	}
}
