// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Raising and draining from many goroutines at once: nothing is lost, nothing
// comes twice. Host.

package slots

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"
)

func table(t *testing.T) *Table {
	mem := make([]uint64, Bytes/8)
	t.Cleanup(func() { runtime.KeepAlive(mem) })
	tab := new(Table)
	tab.Init(uintptr(unsafe.Pointer(&mem[0])))
	return tab
}

func TestRaiseNext(t *testing.T) {
	tab := table(t)
	if tab.Raise(5, Read) || tab.Any() {
		t.Error("a closed slot was raised")
	}
	for _, i := range []uint32{0, 5, 63, 64, 4095, 4096, 262144, Max - 1} {
		tab.Open(i, uintptr(i)+1, 7)
		if !tab.Raise(i, Read) || !tab.Raise(i, Write) || !tab.Any() {
			t.Fatal("not raised", i)
		}
		if d, s, m := tab.Next(); d != uintptr(i)+1 || s != 7 || m != Read|Write {
			t.Errorf("slot %d: got %d %d %d", i, d, s, m)
		}
		if d, _, _ := tab.Next(); d != 0 || tab.Any() {
			t.Error("a slot came twice", i)
		}
	}
}

func TestClosedWhileRaised(t *testing.T) {
	tab := table(t)
	tab.Open(9, 1, 1)
	tab.Raise(9, Read)
	if !tab.Opened(9) || tab.Opened(10) {
		t.Error("what is open seems closed, or the other way")
	}
	tab.Close(9)
	if d, _, _ := tab.Next(); d != 0 {
		t.Error("a closed slot came out")
	}
	tab.Open(9, 2, 2)
	if d, _, _ := tab.Next(); d != 0 {
		t.Error("the raise of the former owner came out")
	}
}

// TestStorm counts: every slot's last raise must be followed by a delivery.
func TestStorm(t *testing.T) {
	const slots, raisers, rounds = 300, 4, 20000
	tab := table(t)
	var raised, seen [slots]atomic.Uint64
	for i := range uint32(slots) {
		tab.Open(i*977, uintptr(i)+1, 1)
	}
	seed := rand.Uint64()
	t.Log("seed", seed)
	var producers, consumers sync.WaitGroup
	var done atomic.Bool
	for p := range raisers {
		producers.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(p)))
			for range rounds {
				i := r.Uint32N(slots)
				raised[i].Add(1)
				tab.Raise(i*977, Read)
			}
		})
	}
	drain := func() bool {
		d, _, _ := tab.Next()
		if d != 0 {
			seen[d-1].Store(raised[d-1].Load())
		}
		return d != 0
	}
	for range 2 {
		consumers.Go(func() {
			for !done.Load() {
				drain()
			}
		})
	}
	producers.Wait()
	done.Store(true)
	consumers.Wait()
	for drain() {
	}
	for i := range seen {
		if s, r := seen[i].Load(), raised[i].Load(); s > r || (r != 0 && s == 0) {
			t.Errorf("slot %d: raised %d times, last delivery saw %d", i, r, s)
		}
	}
	if tab.Any() {
		t.Error("a level says there is something left")
	}
}
