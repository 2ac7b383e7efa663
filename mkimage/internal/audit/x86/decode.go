// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The length decoder. Runs on the build machine, once per instruction of an
// image: it allocates nothing.

package x86

// MaxLen is the longest instruction, in bytes; the processor refuses longer ones.
const MaxLen = 15

// Map is the opcode map an instruction's opcode byte is looked up in.
type Map uint8

// The opcode maps. MapVEX and MapEVEX stand for all maps of their encoding:
// no instruction in them is sensitive.
const (
	MapOne  Map = iota // one opcode byte
	Map0F              // 0F xx
	Map0F38            // 0F 38 xx
	Map0F3A            // 0F 3A xx
	MapVEX
	MapEVEX
)

// Inst is one decoded instruction.
type Inst struct {
	Len    int  // bytes, 1 to MaxLen
	Map    Map  // where Opcode belongs
	Opcode byte // last opcode byte
	ModRM  byte // 0 where the instruction has none
	last   byte // the last byte, which is INT's vector
	prefix prefix
	look   bool // Sensitive has to look closer
}

// prefix is a set of prefix bytes, by what they do to lengths and meanings.
type prefix uint8

const (
	prefixOther prefix = 1 << iota // a segment
	prefixSize                     // 66
	prefixAddr                     // 67
	prefixLock                     // F0
	prefixF2
	prefixF3
	prefixREX
	prefixREXW // REX with its W bit
)

// decoder is the state of one Decode.
type decoder struct {
	code []byte // at most MaxLen bytes
	pos  int    // the next byte to look at
	Inst
}

// Decode measures the instruction at the front of code. It returns false where
// no instruction begins there, where it is longer than code, or where
// processors disagree about it.
func Decode(code []byte) (Inst, bool) {
	if len(code) > MaxLen {
		code = code[:MaxLen]
	}
	d := decoder{code: code}
	d.skipPrefixes()
	a, ok := d.skipOpcode()
	if !ok || !d.skipOperands(a) {
		return Inst{}, false
	}
	d.Len, d.last = d.pos, d.code[d.pos-1]
	return d.Inst, true
}

// skipPrefixes steps over legacy prefixes and at most one REX prefix. A prefix
// after REX is left for skipOpcode, where it is no opcode.
func (d *decoder) skipPrefixes() {
	for d.pos < len(d.code) {
		p := prefixes[d.code[d.pos]]
		if p == 0 {
			return
		}
		d.prefix |= p
		d.pos++
		if p&prefixREX != 0 {
			return
		}
	}
}

// next takes one byte.
func (d *decoder) next() (byte, bool) {
	if d.pos >= len(d.code) {
		return 0, false
	}
	d.pos++
	return d.code[d.pos-1], true
}

// skipOpcode steps over the opcode and gives its description.
func (d *decoder) skipOpcode() (attr, bool) {
	if d.prefix&(prefixF2|prefixF3) == prefixF2|prefixF3 {
		return 0, false
	}
	b, ok := d.next()
	switch {
	case !ok:
		return 0, false
	case b == 0x0f:
		return d.skipEscaped()
	case b == 0xc4, b == 0xc5, b == 0x62:
		return d.skipVector(b)
	}
	return d.lookUp(MapOne, b)
}

// skipEscaped steps over what follows the byte 0F.
func (d *decoder) skipEscaped() (attr, bool) {
	m := Map0F
	b, ok := d.next()
	switch {
	case ok && b == 0x38:
		m = Map0F38
		b, ok = d.next()
	case ok && b == 0x3a:
		m = Map0F3A
		b, ok = d.next()
	}
	if !ok {
		return 0, false
	}
	return d.lookUp(m, b)
}

// lookUp notes the opcode and gives its description.
func (d *decoder) lookUp(m Map, opcode byte) (attr, bool) {
	d.Map, d.Opcode = m, opcode
	a := legacy[m][opcode]
	d.look = a&look != 0
	return a, a&valid != 0
}

// skipOperands steps over ModRM, SIB, displacement and immediate.
func (d *decoder) skipOperands(a attr) bool {
	if a&modRM != 0 {
		if d.pos >= len(d.code) {
			return false
		}
		d.ModRM = d.code[d.pos]
		d.pos += d.addressBytes(a)
	}
	if imm := a & immMask; imm == imm8 {
		d.pos++
	} else if imm != 0 {
		n, ok := d.immediate(imm)
		if !ok {
			return false
		}
		d.pos += n
	}
	return d.pos <= len(d.code)
}

// addressBytes is the length of ModRM, SIB and displacement.
func (d *decoder) addressBytes(a attr) int {
	mod, rm := d.ModRM>>6, d.ModRM&7
	switch {
	case mod == 3 || a&registerOnly != 0:
		return 1
	case rm == 4 && mod == 0 && d.pos+1 < len(d.code) && d.code[d.pos+1]&7 == 5:
		return 6 // SIB without a base register has a 32-bit displacement
	case rm == 4:
		return 2 + displacement[mod]
	case rm == 5 && mod == 0:
		return 5 // RIP-relative
	}
	return 1 + displacement[mod]
}

// displacement gives the bytes of displacement by ModRM's mod field, where the
// addressing has a base register.
var displacement = [4]int{0, 1, 4, 0}

// immediate is the length of the less common immediates. It returns false for
// the near branches whose length depends on the maker of the processor.
func (d *decoder) immediate(a attr) (n int, ok bool) {
	switch a {
	case imm16:
		return 2, true
	case imm16and8:
		return 3, true
	case immZ:
		return d.immZ(), true
	case immV:
		if d.prefix&prefixREXW != 0 {
			return 8, true
		}
		return d.immZ(), true
	case immAddr:
		if d.prefix&prefixAddr != 0 {
			return 4, true
		}
		return 8, true
	case rel32:
		return 4, d.immZ() == 4
	case group3Byte, group3:
		return d.immGroup3(a), true
	}
	return 0, false
}

// immZ is the length of an immediate that is 32 bits wide, or 16 with a 66 prefix.
func (d *decoder) immZ() int {
	if d.prefix&(prefixSize|prefixREXW) == prefixSize {
		return 2
	}
	return 4
}

// immGroup3 is the length of the immediate of opcodes F6 and F7: only TEST, the
// first two of the group's eight instructions, has one.
func (d *decoder) immGroup3(a attr) int {
	switch {
	case d.ModRM>>3&7 > 1:
		return 0
	case a == group3Byte:
		return 1
	}
	return d.immZ()
}
