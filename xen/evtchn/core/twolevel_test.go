// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The two-level table, one step at a time. Host.

package core

import (
	"math/rand"
	"slices"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
)

// drain2 returns all ports that have an event, in the order of service.
func drain2(c *TwoLevelCPU, t *TwoLevel) (ports []uint32) {
	for {
		p, ok := c.Next(t)
		if !ok {
			return ports
		}
		ports = append(ports, p)
	}
}

func TestTwoLevelServesEachOnce(t *testing.T) {
	x, tab, cpus := newTwoLevel(t, 1)
	c := cpus[0]
	sent := []uint32{0, 1, 63, 64, 100, 4031, 4032, 4095}
	for _, p := range sent {
		x.send(p, nil)
		x.send(p, nil)
	}
	if !x.flag(0).raised() {
		t.Fatal("the model did not raise the upcall")
	}
	got := drain2(c, tab)
	slices.Sort(got)
	if !slices.Equal(got, sent) || x.flag(0).raised() || c.Held() {
		t.Errorf("served %d, flag %v, held %v", got, x.flag(0).raised(), c.Held())
	}
	if got := drain2(c, tab); got != nil {
		t.Errorf("served %d again", got)
	}
}

func TestTwoLevelGoesOnBehindTheLast(t *testing.T) {
	x, tab, cpus := newTwoLevel(t, 1)
	c := cpus[0]
	for _, p := range []uint32{3, 5, 9, 130, 700} {
		x.send(p, nil)
	}
	if got := drain2(c, tab); !slices.Equal(got, []uint32{130, 700, 3, 5, 9}) {
		t.Errorf("first round: %d", got) // word 0 was the last one before the start
	}
	for _, p := range []uint32{5, 9, 10, 12, 70} {
		x.send(p, nil)
	}
	if got := drain2(c, tab); !slices.Equal(got, []uint32{70, 9, 10, 12, 5}) {
		t.Errorf("second round: %d", got)
	}
}

// However often port 1 comes, port 2 is served after it.
func TestTwoLevelIsFair(t *testing.T) {
	x, tab, cpus := newTwoLevel(t, 1)
	var got []uint32
	x.send(1, nil)
	x.send(2, nil)
	for range 6 {
		p, _ := cpus[0].Next(tab)
		got = append(got, p)
		x.send(p, nil)
	}
	if !slices.Equal(got, []uint32{1, 2, 1, 2, 1, 2}) && !slices.Equal(got, []uint32{2, 1, 2, 1, 2, 1}) {
		t.Errorf("served %d", got)
	}
}

func TestTwoLevelMask(t *testing.T) {
	x, tab, cpus := newTwoLevel(t, 1)
	tab.Mask(77)
	if !tab.Masked(77) || tab.Masked(76) || tab.Masked(78) {
		t.Error("Masked")
	}
	x.send(77, nil)
	if got := drain2(cpus[0], tab); got != nil || !tab.Pending(77) {
		t.Errorf("a masked port was served: %d", got)
	}
	if !tab.Unmask(77) || !tab.Masked(77) {
		t.Fatal("Unmask does not say that an event waits")
	}
	x.unmask(77, nil)
	if got := drain2(cpus[0], tab); !slices.Equal(got, []uint32{77}) {
		t.Errorf("after the hypercall: %d", got)
	}
	tab.Mask(77)
	if tab.Unmask(77) || tab.Masked(77) {
		t.Error("Unmask of a quiet port needs no hypercall")
	}
	x.send(77, nil)
	if got := drain2(cpus[0], tab); !slices.Equal(got, []uint32{77}) {
		t.Errorf("after Unmask: %d", got)
	}
}

// What is masked or cleared after Next looked at its word is not served.
func TestTwoLevelLateMask(t *testing.T) {
	x, tab, cpus := newTwoLevel(t, 1)
	for _, p := range []uint32{10, 11, 12, 13} {
		x.send(p, nil)
	}
	if p, _ := cpus[0].Next(tab); p != 10 {
		t.Fatalf("first is %d", p)
	}
	tab.Mask(11)
	if !tab.Clear(12) || tab.Clear(12) {
		t.Error("Clear")
	}
	if !cpus[0].Held() {
		t.Error("nothing held in the middle of a word")
	}
	if got := drain2(cpus[0], tab); !slices.Equal(got, []uint32{13}) || !tab.Pending(11) {
		t.Errorf("served %d", got)
	}
}

func TestTwoLevelOtherVCPUs(t *testing.T) {
	x, tab, cpus := newTwoLevel(t, 2)
	for p := uint32(0); p < 4; p++ {
		x.send(p, nil)
	}
	if got := drain2(cpus[1], tab); !slices.Equal(got, []uint32{1, 3}) {
		t.Errorf("vCPU 1 served %d", got)
	}
	cpus[0].Unbind(2)
	if got := drain2(cpus[0], tab); !slices.Equal(got, []uint32{0}) || !tab.Pending(2) {
		t.Errorf("vCPU 0 served %d", got)
	}
}

func TestTwoLevelNumbersWrap(t *testing.T) {
	_, tab, cpus := newTwoLevel(t, 1)
	tab.Mask(TwoLevelPorts + 5)
	cpus[0].Bind(1<<32 - 1)
	if !tab.Masked(5) || tab.Unmask(1<<32-1) || tab.Clear(1<<31) || tab.Pending(1<<32-1) {
		t.Error("a number too large must count from 0 again")
	}
}

func TestAfter(t *testing.T) {
	r := testkit.Rand(t)
	for range 10000 {
		word := r.Uint64()&r.Uint64() | 1<<r.Intn(64)
		last := uint32(r.Intn(64))
		want := (last + 1) % 64
		for word>>want&1 == 0 {
			want = (want + 1) % 64
		}
		if got := after(word, last); got != want {
			t.Fatalf("after(%#x, %d) = %d, want %d", word, last, got, want)
		}
	}
}

// Random steps against a set of pending ports.
func TestTwoLevelAgainstModel(t *testing.T) {
	r := testkit.Rand(t)
	for round := 0; round < 100; round++ {
		x, tab, cpus := newTwoLevel(t, 1)
		want := map[uint32]bool{}
		for range 300 {
			step2(t, r, x, tab, cpus[0], want, uint32(r.Intn(1+r.Intn(TwoLevelPorts))))
		}
	}
}

func step2(t *testing.T, r *rand.Rand, x *xen2, tab *TwoLevel, c *TwoLevelCPU, want map[uint32]bool, port uint32) {
	switch r.Intn(6) {
	case 0, 1, 2:
		x.send(port, nil)
		want[port] = true
	case 3:
		tab.Mask(port)
	case 4:
		if tab.Unmask(port) != want[port] {
			t.Fatalf("Unmask(%d) with %v", port, want[port])
		}
		x.unmask(port, nil)
	case 5:
		for _, p := range drain2(c, tab) {
			if !want[p] || tab.Masked(p) {
				t.Fatalf("served %d: sent %v, masked %v", p, want[p], tab.Masked(p))
			}
			delete(want, p)
		}
		for p := range want {
			if !tab.Masked(p) {
				t.Fatalf("left %d behind", p)
			}
		}
	}
}
