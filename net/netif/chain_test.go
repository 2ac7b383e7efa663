// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Slots read and written: their layout, and both parsers fed with anything. Host.

package netif

import (
	"reflect"
	"slices"
	"testing"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
)

// TestLayout: the offsets used here are those of the structures in abi.
func TestLayout(t *testing.T) {
	offsets := func(v any) (all []uintptr) {
		for i := range reflect.TypeOf(v).NumField() {
			if f := reflect.TypeOf(v).Field(i); f.Name != "_" {
				all = append(all, f.Offset)
			}
		}
		return append(all, reflect.TypeOf(v).Size())
	}
	for _, c := range []struct {
		v    any
		want []uintptr
	}{
		{abi.Netif_tx_request{}, []uintptr{0, 4, 6, 8, 10, txSlot}},
		{abi.Netif_tx_response{}, []uintptr{0, 2, 4}},
		{abi.Netif_rx_request{}, []uintptr{0, 2, 4, rxSlot}},
		{abi.Netif_rx_response{}, []uintptr{0, 2, 4, 6, rxSlot}},
		{abi.Netif_extra_info{}, []uintptr{0, 1, 2, 4, 5, 6, rxSlot}},
	} {
		if got := offsets(c.v); !slices.Equal(got, c.want) {
			t.Errorf("%T: %v, not %v", c.v, got, c.want)
		}
	}
}

// TestSlots: what is written is what is read.
func TestSlots(t *testing.T) {
	b := make([]byte, txSlot)
	putTxRequest(b, 0x12345678, 0x111, 5, 0x222, 0x333)
	if q := readTxRequest(b); q != (txRequest{0x12345678, 0x111, 5, 0x222, 0x333}) {
		t.Errorf("%+v", q)
	}
	putTxResponse(b, 7, -2)
	if r := readTxResponse(b); r != (txResponse{7, -2}) {
		t.Errorf("%+v", r)
	}
	putRxRequest(b, 9, 0x12345678)
	if q := readRxRequest(b); q != (rxRequest{9, 0x12345678}) {
		t.Errorf("%+v", q)
	}
	putRxResponse(b, 9, 4, -1)
	if r := readRxResponse(b); r != (rxResponse{9, 0, 4, -1}) {
		t.Errorf("%+v", r)
	}
	putGSO(b, GSO{TCP6, 1220})
	if e := readExtra(b); e != (extraInfo{abi.XEN_NETIF_EXTRA_TYPE_GSO, 0, 1220, abi.XEN_NETIF_GSO_TYPE_TCPV6}) {
		t.Errorf("%+v", e)
	}
	if TCP4 != abi.XEN_NETIF_GSO_TYPE_TCPV4 || TCP6 != abi.XEN_NETIF_GSO_TYPE_TCPV6 || Whole != abi.XEN_NETIF_GSO_TYPE_NONE {
		t.Error("the kinds of segments are not netif.h's")
	}
}

// script is a ring with a peer's slots in it.
type script struct {
	bytes []byte
	size  int
}

func (s *script) Take(b []byte) (bool, error) {
	if len(s.bytes) < s.size {
		return false, nil
	}
	copy(b, s.bytes[:s.size])
	s.bytes = s.bytes[s.size:]
	return true, nil
}

// sound wants everything in a chain that was not refused to be within its page.
func (c *chain) sound(t *testing.T) {
	total := 0
	for _, p := range c.pieces[:c.count] {
		if p.bytes < 0 || p.offset >= grant.PageSize || int(p.offset)+p.bytes > grant.PageSize {
			t.Fatalf("a piece of %d bytes at %d", p.bytes, p.offset)
		}
		total += p.bytes
	}
	if c.count == 0 || c.slots() > maxPieces+abi.XEN_NETIF_EXTRA_TYPE_MAX-1 {
		t.Fatalf("%d pieces in %d slots", c.count, c.slots())
	}
	if !c.flawed && (total != c.total || total < MinPacket) {
		t.Fatalf("%d bytes in a packet of %d", total, c.total)
	}
	if c.gso.Kind != Whole && c.gso.Size == 0 {
		t.Fatal("segments of no size")
	}
}

// FuzzGather: the parser of what frontends send.
func FuzzGather(f *testing.F) {
	one := func(flags, size uint16) []byte {
		b := make([]byte, txSlot)
		putTxRequest(b, 8, 0, flags, 1, int(size))
		return b
	}
	f.Add(one(0, 60))
	f.Add(slices.Concat(one(abi.NETTXF_more_data, 4200), one(0, 200)))
	f.Add(slices.Concat(one(abi.NETTXF_extra_info|abi.NETTXF_csum_blank, 4000), []byte{1, 1, 0x78, 5, 1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, c, slot := &script{b, txSlot}, &chain{}, make([]byte, txSlot)
		for {
			before := len(s.bytes)
			ok, err := c.gather(s, slot)
			if !ok || err != nil {
				return
			}
			c.sound(t)
			if before-len(s.bytes) != c.slots()*txSlot {
				t.Fatalf("%d bytes were taken for %d slots", before-len(s.bytes), c.slots())
			}
		}
	})
}

// FuzzCollect: the parser of what backends send.
func FuzzCollect(f *testing.F) {
	one := func(id, flags uint16, size int16) []byte {
		b := make([]byte, rxSlot)
		putRxResponse(b, id, flags, size)
		return b
	}
	f.Add(one(0, 0, 60))
	f.Add(slices.Concat(one(0, abi.NETRXF_more_data, 4096), one(1, 0, 200), one(2, 0, 60)))
	f.Add(slices.Concat(one(0, abi.NETRXF_extra_info|abi.NETRXF_more_data, 4000), []byte{1, 1, 0x78, 5, 2, 0, 0, 0}, []byte{4, 0, 0, 0, 0, 0, 0, 0}, one(3, 0, 60)))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, c, slot := &script{b, rxSlot}, &chain{}, make([]byte, rxSlot)
		for at := uint32(0); ; at += uint32(c.slots()) {
			ok, err := c.collect(s, slot, at, 64)
			if !ok || err != nil {
				return
			}
			c.sound(t)
			for _, p := range c.pieces[:c.count] {
				if p.id >= 64 {
					t.Fatalf("page %d", p.id)
				}
			}
		}
	})
}

// FuzzMAC: what is read as an address is written the same way.
func FuzzMAC(f *testing.F) {
	f.Add("00:16:3e:01:02:03")
	f.Fuzz(func(t *testing.T, text string) {
		if m, err := parseMAC(text); err == nil {
			if again, err := parseMAC(m.String()); err != nil || again != m {
				t.Fatalf("%q is %v", text, m)
			}
		}
	})
}
