// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The VEX and EVEX encodings. Runs on the build machine. In both, every
// instruction but VZEROUPPER and VZEROALL has a ModRM byte, and an 8-bit
// immediate follows all of map 3 and a few opcodes of map 1. Source: the Intel
// 64 manual, volume 2, sections 2.3 and 2.7, and its opcode maps.

package x86

// immMap1 lists the opcodes of map 1 that have an immediate.
const immMap1 = "70-73 C2 C4-C6"

// The opcodes of the VEX maps.
const (
	vexMap1 = "10-17 28-2F 41 42 44-47 4A 4B 50-76 7C-7F 90-93 98 99 AE C2 C4-C6 D0-FE"
	vexMap2 = "00-0F 13 16-1A 1C-1E 20-25 28-41 45-47 49 4B 50-53 58-5A 5C 5E 6C 72 78 79 8C 8E " +
		"90-93 96-9F A6-AF B0 B1 B4-BF CB-CD CF D2 D3 DA-DF E0-EF F2 F3 F5-F7"
	vexMap3 = "00-02 04-06 08-0F 14-19 1D 20-22 30-33 38 39 40-42 44 46 4A-4C 60-63 CE CF DE DF F0"
)

// The opcodes of the EVEX maps. Maps 5 and 6 are half-precision arithmetic.
const (
	evexMap1 = "10-17 28-2F 51 54-76 78-7B 7E 7F C2 C4-C6 D1-D6 D8-EF F1-F6 F8-FE"
	evexMap2 = "00 04 0B-0D 10-16 18-2D 30-40 42-47 4C-55 58-5B 62-66 68 70-73 75-7F 83 88-8B 8D 8F " +
		"90-93 96-9F A0-A3 A6-AF B4-BF C4 C6-C8 CA-CD CF DC-DF"
	evexMap3 = "00 01 03-05 08-0B 0F 14-1B 1D-23 25-27 38-3B 3E 3F 42-44 50 51 54-57 66 67 70-73 C2 CE CF"
	evexMap5 = "10 11 1D 2A 2C-2F 51 58-5F 6E 78-7E"
	evexMap6 = "13 2C 2D 42 43 4C-4F 56 57 96-9F A6-AF B6-BF D6 D7"
)

// vex holds VEX maps 1 to 3, by number.
var vex = [4][256]attr{
	1: vexFirst(),
	2: listed(vexMap2, valid|modRM),
	3: listed(vexMap3, valid|modRM|imm8),
}

// evex holds the EVEX maps, by number.
var evex = [8][256]attr{
	1: withImm8(listed(evexMap1, valid|modRM)),
	2: listed(evexMap2, valid|modRM),
	3: listed(evexMap3, valid|modRM|imm8),
	5: listed(evexMap5, valid|modRM),
	6: listed(evexMap6, valid|modRM),
}

// vexFirst is VEX map 1; its opcode 77 is VZEROUPPER and VZEROALL.
func vexFirst() [256]attr {
	t := withImm8(listed(vexMap1, valid|modRM))
	t[0x77] = valid
	return t
}

// withImm8 adds map 1's immediates.
func withImm8(t [256]attr) [256]attr {
	each(immMap1, func(opcode int) { t[opcode] |= imm8 })
	return t
}

// noVector is the prefixes that make a VEX or EVEX instruction invalid.
const noVector = prefixSize | prefixLock | prefixF2 | prefixF3 | prefixREX

// skipVector steps over the rest of a VEX or EVEX prefix, whose first byte was
// b, and over the opcode.
func (d *decoder) skipVector(b byte) (attr, bool) {
	t, n := d.vectorMap(b)
	if t == nil || d.prefix&noVector != 0 || d.pos+n >= len(d.code) {
		return 0, false
	}
	d.Opcode = d.code[d.pos+n]
	d.pos += n + 1
	a := t[d.Opcode]
	return a, a&valid != 0
}

// vectorMap gives the map the prefix selects, nil if there is none, and the
// prefix bytes that follow the first.
func (d *decoder) vectorMap(b byte) (t *[256]attr, n int) {
	d.Map = MapVEX
	if b == 0xc5 {
		return &vex[1], 1
	}
	if d.pos+1 >= len(d.code) {
		return nil, 0
	}
	p0, p1 := d.code[d.pos], d.code[d.pos+1]
	if b == 0x62 {
		d.Map = MapEVEX
		return evexMap(p0, p1), 3
	}
	if p0&0x1f >= byte(len(vex)) {
		return nil, 0
	}
	return &vex[p0&0x1f], 2
}

// evexMap gives the map named by the first two payload bytes of EVEX. The bits
// that must have one value are what APX and AVX10.2 reuse.
func evexMap(p0, p1 byte) *[256]attr {
	if p0&8 != 0 || p1&4 == 0 {
		return nil
	}
	return &evex[p0&7]
}
