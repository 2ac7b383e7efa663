// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Rings between two honest ends: order, wrap-around, and no lost wake-up. Host.

package ring

import (
	"encoding/binary"
	"errors"
	"os"
	"reflect"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
)

const slotSize = 12 // of network transmission

func newPage() *grant.Memory { return grant.NewMemory(make([]byte, grant.PageSize)) }

// pair makes both ends, whose indices begin at start.
func pair(t testing.TB, m Memory, start uint32) (*Front, *Back) {
	f, err := NewFront(m, slotSize)
	if err != nil {
		t.Fatal(err)
	}
	f.next, f.pushed, f.taken = start, start, start
	m.Store32(reqProd, start)
	m.Store32(rspProd, start)
	m.Store32(reqEvent, start+1)
	m.Store32(rspEvent, start+1)
	k, err := NewBack(m, slotSize)
	if err != nil {
		t.Fatal(err)
	}
	return f, k
}

// TestLayout compares the offsets with Xen's structure.
func TestLayout(t *testing.T) {
	s := reflect.TypeFor[abi.Sring]()
	for name, want := range map[string]uintptr{"Req_prod": reqProd, "Req_event": reqEvent, "Rsp_prod": rspProd, "Rsp_event": rspEvent} {
		if f, ok := s.FieldByName(name); !ok || f.Offset != want {
			t.Errorf("%s stands at %d, not %d", name, f.Offset, want)
		}
	}
	if s.Size() != firstOff {
		t.Errorf("slots begin at %d, not %d", s.Size(), firstOff)
	}
}

// TestSlots has the numbers that Xen's macro gives for real drivers.
func TestSlots(t *testing.T) {
	for _, c := range []struct{ size, pages, want int }{{12, 1, 256}, {8, 1, 256}, {112, 1, 32}, {112, 4, 128}, {4032, 1, 1}} {
		f, err := NewFront(grant.NewMemory(make([]byte, c.pages*grant.PageSize)), c.size)
		if err != nil || f.Slots() != c.want || f.Free() != c.want {
			t.Errorf("slots of %d bytes in %d pages: %v, %v", c.size, c.pages, f, err)
		}
	}
	for _, size := range []int{0, -1, 4033} {
		if _, err := NewFront(newPage(), size); err == nil {
			t.Errorf("slots of %d bytes were accepted", size)
		}
	}
}

func TestFullRing(t *testing.T) {
	f, k := pair(t, newPage(), 0)
	for range f.Slots() {
		if err := f.Put(make([]byte, slotSize)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Put(nil); !errors.Is(err, ErrFull) || f.Free() != 0 {
		t.Errorf("one request too many: %v", err)
	}
	if err := k.Put(nil); !errors.Is(err, ErrFull) {
		t.Errorf("a response without a request: %v", err)
	}
	if err := f.Put(make([]byte, slotSize+1)); err == nil {
		t.Error("a request larger than a slot was put")
	}
	if !f.Push() || f.Push() {
		t.Error("the first Push must notify, the second has nothing to say")
	}
	for range f.Slots() {
		if ok, err := k.Take(make([]byte, slotSize)); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if err := k.Put([]byte{1}); err != nil {
			t.Fatal(err)
		}
	}
	if more, err := k.Done(); more || err != nil {
		t.Error(more, err)
	}
	if !k.Push() || f.Free() != 0 {
		t.Error("the responses must notify")
	}
	for i := range f.Slots() {
		if ok, err := f.Take(nil); !ok || err != nil || f.Free() != i+1 {
			t.Fatal(ok, err, f.Free())
		}
	}
}

// TestNotifications: whoever has not asked is not notified.
func TestNotifications(t *testing.T) {
	f, k := pair(t, newPage(), 1<<32-2)
	send := func() bool {
		if err := f.Put([]byte{0}); err != nil {
			t.Fatal(err)
		}
		return f.Push()
	}
	if !send() {
		t.Error("the backend has asked for the first request")
	}
	if send() || send() {
		t.Error("it has not asked for the next ones")
	}
	if more, err := k.Done(); !more || err != nil {
		t.Error("Done overlooks requests")
	}
	for range 3 {
		k.Take(nil)
	}
	if more, err := k.Done(); more || err != nil {
		t.Error("Done sees requests that are not there")
	}
	if !send() {
		t.Error("it has asked for this one")
	}
}

// TestClosed: closed memory is an error and nothing else.
func TestClosed(t *testing.T) {
	m := newPage()
	f, k := pair(t, m, 0)
	f.Put([]byte{1})
	f.Push()
	k.Take(make([]byte, 1))
	m.Revoke()
	if err := f.Put([]byte{1}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Put: %v", err)
	}
	if err := k.Put([]byte{1}); !errors.Is(err, os.ErrClosed) || k.Push() {
		t.Errorf("Put: %v", err)
	}
	if _, err := f.Take(nil); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the first error does not stay: %v", err)
	}
}

// bell is an event channel: what is rung while nobody waits is remembered.
type bell chan struct{}

func (b bell) ring(owed bool) {
	if owed {
		select {
		case b <- struct{}{}:
		default:
		}
	}
}

// TestNoLostWakeUp has both ends wait for nothing but notifications that the
// other side says it owes. A lost one is a deadlock, which the test's time ends.
func TestNoLostWakeUp(t *testing.T) {
	const total = 100_000
	rnd := testkit.Rand(t)
	f, k := pair(t, newPage(), 1<<32-total/2)
	front, back := make(bell, 1), make(bell, 1)
	batch := uint32(1 + rnd.Intn(20))
	go serve(t, k, total, front, back)
	sent, got := uint32(0), uint32(0)
	for got < total {
		for n := uint32(0); n < batch && sent < total && f.Free() > 0; n++ {
			f.Put(number(sent))
			sent++
		}
		back.ring(f.Push())
		got += takeAll(t, got, f.Take)
		if more, err := f.Done(); err != nil {
			t.Fatal(err)
		} else if !more && got < total && (f.Free() == 0 || sent == total) {
			<-front
		}
		batch = batch%20 + 1
	}
}

// serve answers requests with what they hold, complemented.
func serve(t *testing.T, k *Back, total uint32, front, back bell) {
	b := make([]byte, slotSize)
	for got := uint32(0); got < total; {
		ok, err := k.Take(b)
		if err != nil {
			t.Error(err)
			return
		}
		if ok {
			if v := binary.LittleEndian.Uint32(b); v != got {
				t.Errorf("request %d holds %d", got, v)
			}
			k.Put(number(^got))
			got++
			if got%3 != 0 {
				continue
			}
		}
		front.ring(k.Push())
		if more, err := k.Done(); err != nil {
			t.Error(err)
			return
		} else if !more && got < total {
			<-back
		}
	}
	front.ring(k.Push())
}

func number(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }

// takeAll takes the responses that are there; the next is that to request first.
func takeAll(t *testing.T, first uint32, take func([]byte) (bool, error)) uint32 {
	b := make([]byte, slotSize)
	for n := uint32(0); ; n++ {
		ok, err := take(b)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return n
		}
		if v := binary.LittleEndian.Uint32(b); v != ^(first + n) {
			t.Fatalf("response %d holds %d", first+n, ^v)
		}
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	f, k := pair(b, newPage(), 0)
	slot := make([]byte, slotSize)
	for b.Loop() {
		f.Put(slot)
		f.Push()
		k.Take(slot)
		k.Put(slot)
		k.Push()
		f.Take(slot)
	}
}

func BenchmarkBatchOf32(b *testing.B) {
	f, k := pair(b, newPage(), 0)
	slot := make([]byte, slotSize)
	for b.Loop() {
		for range 32 {
			f.Put(slot)
		}
		f.Push()
		for range 32 {
			k.Take(slot)
			k.Put(slot)
		}
		k.Push()
		for range 32 {
			f.Take(slot)
		}
	}
}
