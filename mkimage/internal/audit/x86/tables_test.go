// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Every opcode of every map, crafted and compared with objdump.

package x86

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// recordSize is the room for one crafted instruction of up to 7 bytes. The NOPs
// behind it bring objdump back into step, whatever it made of the instruction.
const recordSize = 7 + MaxLen

// record is one crafted instruction among NOPs.
func record(b ...byte) []byte {
	return append(b, bytes.Repeat([]byte{0x90}, recordSize-len(b))...)
}

// legacyRecords crafts the maps outside VEX and EVEX: each opcode with each
// prefix and with ModRM bytes for every addressing form and every group member.
func legacyRecords() (code []byte) {
	modrms := []byte{0x04, 0x05, 0x45, 0x84, 0xf8, 0xfa}
	for r := range byte(8) {
		modrms = append(modrms, r<<3|1, 0xc0|r<<3|1)
	}
	for _, prefix := range []string{"", "\x66", "\xf3", "\xf2", "\x48", "\x67", "\x66\x48", "\x64"} {
		for op := range 256 {
			for _, m := range []string{"", "\x0f", "\x0f\x38", "\x0f\x3a"} {
				if m == "" && leads(byte(op)) {
					continue
				}
				for _, modrm := range modrms {
					code = append(code, record([]byte(prefix+m+string([]byte{byte(op), modrm}))...)...)
				}
			}
		}
	}
	return append(code, group7Records()...)
}

// leads tells whether b at the front of an instruction is no opcode by itself,
// or is FWAIT, which objdump takes for a part of the next instruction.
func leads(b byte) bool {
	return prefixes[b] != 0 || strings.IndexByte("\x0f\xc4\xc5\x62\x9b", b) >= 0
}

// group7Records crafts 0F 01, whose ModRM byte is an opcode of its own.
func group7Records() (code []byte) {
	for _, prefix := range []string{"", "\x66", "\xf3", "\xf2"} {
		for modrm := 0xc0; modrm < 0x100; modrm++ {
			code = append(code, record([]byte(prefix+string([]byte{0x0f, 0x01, byte(modrm)}))...)...)
		}
	}
	return code
}

// vectorRecords crafts VEX and EVEX: each opcode of each map, with each
// mandatory prefix, width and vector length.
func vectorRecords() (code []byte) {
	for n := range 1 << 13 {
		op, pp, w, l, vvvv := byte(n), byte(n>>8&3), byte(n>>10&1), byte(n>>11&1), byte(0x78)
		if n>>12&1 != 0 {
			vvvv = 0x60 // VEX wants a second source here
		}
		for _, modrm := range []byte{0x0c, 0x14, 0xc1, 0xd1} {
			for _, m := range []byte{1, 2, 3} {
				code = append(code, record(0xc4, 0xe0|m, w<<7|vvvv|l<<2|pp, op, modrm)...)
			}
			for _, m := range []byte{1, 2, 3, 5, 6} {
				code = append(code, record(0x62, 0xf0|m, w<<7|vvvv|4|pp, l<<6|9, op, modrm)...)
			}
		}
	}
	return code
}

// notOurs are the instructions Decode does not know, as its package comment says.
var notOurs = regexp.MustCompile(`\b(callw|jmpw|jn?[abeglopsz]+|ud0|femms|pf\w+|pi2f\w|pmulhrw|pavgusb|pswapd` +
	`|aadd|aand|aor|axor|aes(en|de)cwide\w+|encodekey\w+` +
	`|vpermil2p[sd]|vfn?m(add|sub)(add|sub)?[ps][sd]|extrq|insertq)\b`)

// opcodeKey is an opcode and the number of its map: of VEX and EVEX, as the
// prefix has it.
type opcodeKey struct {
	encoding     Map
	number, byte byte
}

// newer are opcodes that objdump 2.40 does not know yet.
var newer = map[opcodeKey]bool{
	{MapVEX, 2, 0x6c}: true, // AMX-COMPLEX
	{MapVEX, 2, 0xcb}: true, // SHA-512
	{MapVEX, 2, 0xcc}: true,
	{MapVEX, 2, 0xcd}: true,
	{MapVEX, 2, 0xd2}: true, // AVX-VNNI-INT16
	{MapVEX, 2, 0xd3}: true,
	{MapVEX, 2, 0xda}: true, // SM3 and SM4
	{MapVEX, 3, 0xde}: true,
}

func TestEveryLegacyOpcode(t *testing.T) {
	named := compareRecords(t, legacyRecords())
	for _, name := range []string{"SYSCALL", "SYSENTER", "INT n", "VMCALL", "VMMCALL", "HLT", "CLI", "STI", "WRMSR", "IN", "OUT", "LGDT", "XSETBV"} {
		if !named[name] {
			t.Errorf("%s was not seen", name)
		}
	}
}

func TestEveryVectorOpcode(t *testing.T) {
	if named := compareRecords(t, vectorRecords()); len(named) != 1 || !named[""] {
		t.Errorf("sensitive instructions among vector instructions: %v", named)
	}
}

// compareRecords holds each record's first instruction against objdump's: its
// length, its validity, and whether it is sensitive. It returns the names seen.
func compareRecords(t *testing.T, code []byte) (named map[string]bool) {
	t.Helper()
	known := map[opcodeKey]bool{}
	named = map[string]bool{}
	eachRecord(t, code, func(b []byte, theirs line, n int) {
		ours, ok := Decode(b)
		bad := strings.Contains(theirs.text, "(bad)")
		switch {
		case ok && !bad && n != ours.Len && ours.Sensitive() != Reserved:
			t.Errorf("% x: length %d, objdump has %d: %s", b[:MaxLen], ours.Len, n, theirs.text)
		case !ok && !bad && !notOurs.MatchString(theirs.text):
			t.Errorf("% x: not decoded, objdump has %s", b[:MaxLen], theirs.text)
		}
		if ok && !bad {
			named[ours.Sensitive()] = true
			compareName(t, b, ours, theirs.text)
		}
		opcode := opcodeKey{encoding: ours.Map, byte: ours.Opcode}
		if ours.Map >= MapVEX {
			opcode.number = b[1] & 7
		}
		known[opcode] = known[opcode] || !ok || !bad || newer[opcode]
	})
	for opcode, ok := range known {
		if !ok {
			t.Errorf("%+v is decoded, but objdump never takes it", opcode)
		}
	}
	return named
}

// eachRecord calls f with each record, and the text and length of what objdump
// saw at its front. Prefixes that objdump prints as a line of their own are
// left out: where it does so, it takes them for no part of an instruction.
func eachRecord(t *testing.T, code []byte, f func(b []byte, l line, n int)) {
	var first line
	objdump(t, code, func(l line) {
		if first.text != "" && first.offset%recordSize == 0 && !lonePrefix(first.text) {
			f(code[first.offset:first.offset+recordSize], first, l.offset-first.offset)
		}
		first = l
	})
}

func lonePrefix(text string) bool {
	return strings.HasPrefix(text, "rex") && !strings.Contains(strings.TrimSpace(text), " ")
}
