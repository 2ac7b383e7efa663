// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What follows each opcode. Runs on the build machine; the tables are spelled
// as text and compiled when the process starts. Source: the opcode maps of the
// Intel 64 manual, volume 2, appendix A, in 64-bit mode.

package x86

import (
	"strconv"
	"strings"
)

// attr describes what follows an opcode byte: an immediate kind and flags.
type attr uint8

// The kinds of immediate operand (a relative branch target counts as one).
const (
	imm8       attr = 1 + iota
	imm16           // RET n
	imm16and8       // ENTER
	immZ            // 32 bits, 16 with prefix 66
	immV            // 64 bits with REX.W, otherwise as immZ
	immAddr         // an absolute address: 64 bits, 32 with prefix 67
	rel32           // a near branch
	group3Byte      // opcode F6: 8 bits, where ModRM selects TEST
	group3          // opcode F7: as immZ, where ModRM selects TEST
	immMask    attr = 15
)

const (
	modRM        attr = 16 << iota // a ModRM byte and what it asks for
	registerOnly                   // ModRM names registers whatever its mod field says
	look                           // Sensitive has to look closer
	valid                          // an instruction
)

// letters is the spelling of attr in the tables below; '-' is no instruction,
// which includes prefixes.
var letters = map[byte]attr{
	'-': 0,
	'.': valid,
	'm': valid | modRM,
	'r': valid | modRM | registerOnly,
	'b': valid | imm8,
	'B': valid | modRM | imm8,
	'w': valid | imm16,
	'e': valid | imm16and8,
	'z': valid | immZ,
	'Z': valid | modRM | immZ,
	'v': valid | immV,
	'a': valid | immAddr,
	'j': valid | rel32,
	't': valid | modRM | group3Byte,
	'T': valid | modRM | group3,
}

// oneByte is the map of one-byte opcodes, sixteen to a line. 0F, 62, C4 and C5
// lead elsewhere; the rest of '-' is prefixes and what 64-bit mode dropped.
const oneByte = "" +
	"mmmmbz--mmmmbz--" + // 0
	"mmmmbz--mmmmbz--" + // 1
	"mmmmbz--mmmmbz--" + // 2
	"mmmmbz--mmmmbz--" + // 3
	"----------------" + // 4: REX
	"................" + // 5
	"---m----zZbB...." + // 6
	"bbbbbbbbbbbbbbbb" + // 7
	"BZ-Bmmmmmmmmmmmm" + // 8
	"..........-....." + // 9
	"aaaa....bz......" + // A
	"bbbbbbbbvvvvvvvv" + // B
	"BBw.--BZe.w..b-." + // C
	"mmmm---.mmmmmmmm" + // D
	"bbbbbbbbjj-b...." + // E
	"-.--..tT......mm" // F

// twoByte is the map of the opcodes after 0F.
const twoByte = "" +
	"mmmm-.....-.-m--" + // 0
	"mmmmmmmmmmmmmmmm" + // 1
	"rrrr----mmmmmmmm" + // 2
	"......-.--------" + // 3
	"mmmmmmmmmmmmmmmm" + // 4
	"mmmmmmmmmmmmmmmm" + // 5
	"mmmmmmmmmmmmmmmm" + // 6
	"BBBBmmm.mm--mmmm" + // 7
	"jjjjjjjjjjjjjjjj" + // 8
	"mmmmmmmmmmmmmmmm" + // 9
	"...mBm--...mBmmm" + // A
	"mmmmmmmmmmBmmmmm" + // B
	"mmBmBBBm........" + // C
	"mmmmmmmmmmmmmmmm" + // D
	"mmmmmmmmmmmmmmmm" + // E
	"mmmmmmmmmmmmmmm-" // F

// Opcodes after 0F 38 (all have ModRM) and after 0F 3A (ModRM and imm8).
const (
	in0F38 = "00-0B 10 14 15 17 1C-1E 20-25 28-2B 30-35 37-41 80-82 C8-CD CF DB-DF F0 F1 F5 F6 F8 F9"
	in0F3A = "08-0F 14-17 20-22 40-42 44 60-63 CC CE CF DF"
)

// Opcodes at which Sensitive has to look closer.
const (
	lookOneByte = "6C-6F 8E 8F C6 C7 CA CB CD CF E4-E7 EC-EF F1 F4 FA FB FE FF"
	lookTwoByte = "00 01 05-09 20-23 30 32-35 37 78 79 A1 A9 AA AE B2 B4 B5 B8 C7"
	look0F38    = "80-82 F5 F8"
)

// legacy holds the four maps outside VEX and EVEX.
var legacy = [4][256]attr{
	MapOne:  withLook(spelled(oneByte), lookOneByte),
	Map0F:   withLook(spelled(twoByte), lookTwoByte),
	Map0F38: withLook(listed(in0F38, valid|modRM), look0F38),
	Map0F3A: listed(in0F3A, valid|modRM|imm8),
}

// prefixes gives the meaning of each prefix byte, 0 for other bytes.
var prefixes = prefixTable()

func prefixTable() (t [256]prefix) {
	for _, b := range []byte{0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65} {
		t[b] = prefixOther
	}
	for b := 0x40; b < 0x50; b++ {
		t[b] = prefixREX
		if b&8 != 0 {
			t[b] |= prefixREXW
		}
	}
	t[0x66], t[0x67] = prefixSize, prefixAddr
	t[0xf0], t[0xf2], t[0xf3] = prefixLock, prefixF2, prefixF3
	return t
}

// spelled compiles a map of 256 letters.
func spelled(text string) (t [256]attr) {
	for i := range t {
		t[i] = letters[text[i]]
	}
	return t
}

// listed compiles a list of opcodes that share one description.
func listed(list string, a attr) (t [256]attr) {
	each(list, func(opcode int) { t[opcode] = a })
	return t
}

// withLook marks the listed opcodes.
func withLook(t [256]attr, list string) [256]attr {
	each(list, func(opcode int) { t[opcode] |= look })
	return t
}

// each calls f for every opcode of a list such as "00-0B 10".
func each(list string, f func(opcode int)) {
	for _, item := range strings.Fields(list) {
		first, last, found := strings.Cut(item, "-")
		if !found {
			last = first
		}
		for op, end := hex(first), hex(last); op <= end; op++ {
			f(op)
		}
	}
}

// hex reads one byte of a list; the lists are constants of this package.
func hex(s string) int {
	n, err := strconv.ParseUint(s, 16, 8)
	if err != nil {
		panic("x86: bad opcode list: " + s)
	}
	return int(n)
}
