// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The physical address space of domains of several sizes. Host.

package pvh

import "testing"

func TestFramesOfARange(t *testing.T) {
	for _, c := range []struct {
		addr, size      uint64
		touched, inside span
	}{
		{0x1000, 0x2000, span{1, 3}, span{1, 3}},
		{0x1001, 0x2000, span{1, 4}, span{2, 3}},
		{0xfff, 2, span{0, 2}, span{1, 1}},
		{1 << 32, 1 << 30, span{fourGiB, fourGiB + 1<<18}, span{fourGiB, fourGiB + 1<<18}},
		{1 << 40, 1 << 30, span{maxFrames, maxFrames}, span{maxFrames, maxFrames}},
	} {
		if got := touched(c.addr, c.size); got != c.touched {
			t.Errorf("touched(%#x, %#x) = %v, want %v", c.addr, c.size, got, c.touched)
		}
		if got := inside(c.addr, c.size); got != c.inside {
			t.Errorf("inside(%#x, %#x) = %v, want %v", c.addr, c.size, got, c.inside)
		}
	}
}

// The memory maps are those that xl's toolstack makes: RAM up to 0xf0000000 and
// the rest from 4 GiB on, ACPI tables and special pages in between.
func TestHole(t *testing.T) {
	const mib = 1 << 20
	special := []span{touched(0xfc000000, 0x9000), touched(0xfeff8000, 0x8000)}
	for _, c := range []struct {
		name string
		ram  []span
		want uint32
	}{
		{"32 MiB", []span{inside(0, 32*mib)}, 32 * mib >> shiftPage},
		{"33 MiB", []span{inside(0, 33*mib)}, 34 * mib >> shiftPage},
		{"8 GiB", []span{inside(0, 0xf0000000), inside(1<<32, 8<<30-0xf0000000)}, 0xf0000},
		{"no room below 4 GiB", []span{inside(0, 0xf8000000), inside(1<<32, 16*mib)}, fourGiB + 16*mib>>shiftPage},
	} {
		var ram, other ranges
		for _, s := range c.ram {
			ram.add(s)
		}
		for _, s := range special {
			other.add(s)
		}
		got := hole(&ram, &other, holeSize)
		if x := (span{got, got + holeSize}); got != c.want || ram.meets(x) || other.meets(x) {
			t.Errorf("%s: hole at frame %#x, want %#x", c.name, got, c.want)
		}
	}
}
