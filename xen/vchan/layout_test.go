// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Where things are, and which layouts a client believes. Host.

package vchan

import (
	"errors"
	"reflect"
	"testing"

	"github.com/domlet/domlet/xen/abi"
)

// TestOffsets compares the offsets with Xen's structure.
func TestOffsets(t *testing.T) {
	page, ring := reflect.TypeFor[abi.Vchan_interface](), reflect.TypeFor[abi.Ring_shared]()
	offset := func(of reflect.Type, name string) int {
		f, ok := of.FieldByName(name)
		if !ok {
			t.Fatalf("no field %s", name)
		}
		return int(f.Offset)
	}
	left, right, cons, prod := offset(page, "Left"), offset(page, "Right"), offset(ring, "Cons"), offset(ring, "Prod")
	for _, c := range []struct{ got, want int }{
		{leftCons, left + cons}, {leftProd, left + prod}, {rightCons, right + cons}, {rightProd, right + prod},
		{ordersAt, offset(page, "Left_order")}, {ordersAt + 2, offset(page, "Right_order")},
		{stateAt + cliLive/8, offset(page, "Cli_live")}, {stateAt + srvLive/8, offset(page, "Srv_live")},
		{stateAt + cliNotify/8, offset(page, "Cli_notify")}, {stateAt + srvNotify/8, offset(page, "Srv_notify")},
		{grantsAt, int(page.Size())},
	} {
		if c.got != c.want {
			t.Errorf("an offset is %d, Xen's %d", c.got, c.want)
		}
	}
}

// TestOrders is libxenvchan's table.
func TestOrders(t *testing.T) {
	for _, c := range []struct {
		left, right    int
		want           orders
		pagesL, pagesR int
	}{
		{0, 0, orders{10, 11}, 0, 0},
		{1024, 2048, orders{10, 11}, 0, 0},
		{1025, 1024, orders{11, 10}, 0, 0},
		{2048, 1024, orders{11, 10}, 0, 0},
		{2048, 1025, orders{11, 12}, 0, 1},
		{1024, 2049, orders{11, 12}, 0, 1},
		{2049, 2048, orders{12, 11}, 1, 0},
		{2049, 0, orders{12, 11}, 1, 0},
		{2049, 2049, orders{12, 12}, 1, 1},
		{4096, 4096, orders{12, 12}, 1, 1},
		{4097, 4096, orders{13, 12}, 2, 1},
		{65536, 65536, orders{16, 16}, 16, 16},
		{MaxRing, MaxRing, orders{20, 20}, 256, 256},
	} {
		got, err := ordersFor(c.left, c.right)
		if err != nil || got != c.want || got.left.pages() != c.pagesL || got.right.pages() != c.pagesR {
			t.Errorf("ordersFor(%d, %d) = %v, %v", c.left, c.right, got, err)
		}
		if back, err := claim(got.word()).check(); err != nil || back != got {
			t.Errorf("a client refuses %v: %v", got, err)
		}
	}
	for _, c := range [][2]int{{-1, 0}, {0, -1}, {MaxRing + 1, 0}, {0, MaxRing + 1}} {
		if _, err := ordersFor(c[0], c[1]); err == nil {
			t.Errorf("ordersFor(%d, %d) did not fail", c[0], c[1])
		}
	}
}

// TestHostileOrders: a server may write anything.
func TestHostileOrders(t *testing.T) {
	for _, c := range []struct {
		attack      string
		left, right uint32
	}{
		{"nothing", 0, 0},
		{"a ring of less than the smallest", 9, 11},
		{"the other one", 11, 9},
		{"a ring of 2 MiB: 512 grants of it and its end lie outside the page", 21, 11},
		{"the other one", 11, 21},
		{"a shift by more than a word", 64, 12},
		{"all bits", 0xffff, 0xffff},
		{"both rings at byte 1024", 10, 10},
		{"both rings at byte 2048", 11, 11},
		{"256 grants that end in the ring at byte 1024", 10, 20},
		{"the other one", 20, 10},
	} {
		if _, err := claim(c.left | c.right<<16).check(); !errors.Is(err, errLayout) {
			t.Errorf("orders %d and %d (%s): %v", c.left, c.right, c.attack, err)
		}
	}
}

// FuzzOrders: whatever a client believes lies inside the memory it was found in, and nothing overlaps.
func FuzzOrders(f *testing.F) {
	f.Add(uint32(10 | 11<<16))
	f.Add(uint32(20 | 20<<16))
	f.Fuzz(func(t *testing.T, word uint32) {
		o, err := claim(word).check()
		if err != nil {
			return
		}
		list := grantsAt + 4*(o.left.pages()+o.right.pages())
		if list > pageSize {
			t.Fatalf("%v: the list of grants ends at %d", o, list)
		}
		for _, r := range []order{o.left, o.right} {
			switch {
			case r.inPage() && (list > int(r.size()) || 2*r.size() > pageSize):
				t.Fatalf("%v: a ring at %d, grants to %d", o, r.size(), list)
			case !r.inPage() && r.pages()*pageSize != int(r.size()):
				t.Fatalf("%v: %d pages", o, r.pages())
			}
		}
		if o.left == o.right && o.left.inPage() {
			t.Fatalf("%v: two rings at one place", o)
		}
	})
}
