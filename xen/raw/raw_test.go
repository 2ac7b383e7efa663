// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Tests over pages taken from the Go heap, with guards on both sides. Host.

package raw

import (
	"bytes"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
)

func TestPtr(t *testing.T) {
	addr, mem := testkit.Memory(t, 64)
	*(*byte)(Ptr(addr + 5)) = 7
	*Word32(addr, 4) = 0x01020304
	*Word64(addr, 3) = 0x1122334455667788
	if mem[5] != 7 || mem[16] != 4 || mem[24] != 0x88 || mem[31] != 0x11 {
		t.Errorf("% x", mem)
	}
}

func TestZero(t *testing.T) {
	addr, mem := testkit.Memory(t, PageSize)
	ZeroWords(addr, 2)
	if !bytes.Equal(mem[:16], make([]byte, 16)) || mem[16] != 0xee {
		t.Error("ZeroWords(2) did not clear 16 bytes")
	}
	ZeroPage(addr)
	if !bytes.Equal(mem, make([]byte, PageSize)) {
		t.Error("ZeroPage left something")
	}
}

func TestPageWords(t *testing.T) {
	addr, mem := testkit.Memory(t, PageSize)
	p := At(addr)
	if none := (Page{}); !p.Valid() || none.Valid() {
		t.Error("Valid")
	}
	for _, off := range []uint32{0, 4, 3072, 4092, 4096 + 8, 1<<32 - 4} {
		p.Store32(off, off^0x5a5a5a5a)
		if p.Load32(off) != off^0x5a5a5a5a {
			t.Errorf("word at %#x", off)
		}
	}
	p.Store32(4095, 0x04030201) // an unaligned offset means the word around it
	if mem[4092] != 1 || mem[4095] != 4 {
		t.Errorf("% x", mem[4090:])
	}
}

func TestPageCopyStopsAtTheEnd(t *testing.T) {
	addr, mem := testkit.Memory(t, PageSize)
	p := At(addr)
	if n := p.CopyIn(4090, []byte("0123456789")); n != 6 || string(mem[4090:]) != "012345" {
		t.Errorf("CopyIn = %d, %q", n, mem[4090:])
	}
	got := make([]byte, 10)
	if n := p.CopyOut(got, 4090); n != 6 || string(got[:n]) != "012345" {
		t.Errorf("CopyOut = %d, %q", n, got)
	}
	if n := p.CopyIn(1<<32-1, []byte("xy")); n != 1 || mem[4095] != 'x' {
		t.Errorf("CopyIn at a hostile offset = %d", n)
	}
}
