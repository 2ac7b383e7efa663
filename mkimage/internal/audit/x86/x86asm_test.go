// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// golang.org/x/arch/x86/x86asm as a second opinion on lengths.

package x86

import (
	"math/rand"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// disputed tells whether x86asm is known to be wrong about i: it takes a lone
// prefix for an instruction, reads a ModRM byte after VZEROUPPER and VZEROALL,
// and an address in a move to or from a control or debug register.
func disputed(i Inst, theirs x86asm.Inst) bool {
	switch {
	case theirs.Op == 0:
		return true
	case i.Map == MapVEX:
		return i.Opcode == 0x77
	}
	return i.Map == Map0F && i.Opcode&^3 == 0x20
}

// compareX86asm holds one instruction against x86asm, where both decode it.
func compareX86asm(t *testing.T, code []byte) (compared bool) {
	ours, ok := Decode(code)
	if ok && (ours.Len < 1 || ours.Len > MaxLen || ours.Len > len(code)) {
		t.Fatalf("% x: length %d", code, ours.Len)
	}
	theirs, err := x86asm.Decode(code, 64)
	if !ok || err != nil || disputed(ours, theirs) {
		return false
	}
	if ours.Len != theirs.Len {
		t.Errorf("% x: length %d, x86asm has %d: %s", code, ours.Len, theirs.Len, theirs)
	}
	return true
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "\x0f", "\x0f\x05", "\x66\x0f\x3a\x0f\xc1\x08", "\xc4\xe3\x7d\x39\xc1\x01", "\xc5\xf8\x77",
		"\x62\xf1\x7c\x48\x28\x44\x24\x01", "\xf3\x48\x0f\xb8\xc1", "\x48\xb8\x01\x02\x03\x04\x05\x06\x07\x08",
		"\x66\xe8\x01\x02\x03\x04", "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x90", "\xc8\x01\x02\x03",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, code []byte) { compareX86asm(t, code) })
}

// leadBytes make random bytes reach every map.
var leadBytes = []string{"", "\x0f", "\x0f\x38", "\x0f\x3a", "\xc5", "\xc4\xe1", "\xc4\xe2", "\xc4\xe3", "\x62\xf1", "\x62\xf2", "\x62\xf3"}

func TestRandomBytesAsX86asm(t *testing.T) {
	random, code, compared := rand.New(rand.NewSource(1)), make([]byte, 24), 0
	for n := range 300_000 {
		random.Read(code)
		copy(code, leadBytes[n%len(leadBytes)])
		if compareX86asm(t, code) {
			compared++
		}
	}
	if compared < 50_000 {
		t.Errorf("only %d instructions were compared", compared)
	}
}
