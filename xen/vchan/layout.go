// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The shared page: where its fields are, and where rings of which order lie. Any goroutine.

package vchan

import (
	"errors"
	"fmt"
)

// Offsets of fields in the shared page in bytes (io/libxenvchan.h; abi.Vchan_interface).
const (
	leftCons  = 0
	leftProd  = 4
	rightCons = 8
	rightProd = 12
	ordersAt  = 16 // left_order in the low half, right_order in the high half
	stateAt   = 20 // four bytes, reached as one aligned word
	grantsAt  = 24
)

// The bytes of the word at stateAt, as shifts.
const (
	cliLive   = 0
	srvLive   = 8
	cliNotify = 16
	srvNotify = 24
)

// Values of a live byte. Any other counts as connected: nobody but its owner is harmed by one.
const (
	gone     = 0
	awaited  = 2 // only cli_live: no client yet
	liveMask = 0xff
)

// pageSize is the size of the shared page, and of a granted page, in bytes.
const pageSize = 4096

// Orders: the logarithm of a ring's size in bytes.
const (
	smallOrder = 10 // in the shared page, at byte 1024
	largeOrder = 11 // in the shared page, at byte 2048
	pageOrder  = 12 // from here on a ring has pages of its own
	maxOrder   = 20 // more would need more grants than the shared page can list
)

// MaxRing is the size in bytes of the largest ring.
const MaxRing = 1 << maxOrder

// order is the size of a ring, after it was chosen here or checked.
type order uint8

func (o order) size() uint32 { return 1 << o }

// inPage reports whether the ring lies in the shared page.
func (o order) inPage() bool { return o < pageOrder }

// base is where the ring begins: in the shared page, at the byte whose number is its size.
func (o order) base() uint32 {
	if o.inPage() {
		return o.size()
	}
	return 0
}

// pages is how many pages of its own the ring has.
func (o order) pages() int {
	if o.inPage() {
		return 0
	}
	return 1 << (o - pageOrder)
}

// orders are those of both rings.
type orders struct{ left, right order }

// word is the orders as the shared page has them.
func (o orders) word() uint32 { return uint32(o.left) | uint32(o.right)<<16 }

// ordersFor chooses rings that hold at least the wanted numbers of bytes, as few pages as possible: libxenvchan's table, so
// that what is asked of either library costs the same.
func ordersFor(left, right int) (orders, error) {
	switch {
	case left < 0 || right < 0 || left > MaxRing || right > MaxRing:
		return orders{}, fmt.Errorf("vchan: rings of %d and %d bytes: a ring has 0 to %d", left, right, MaxRing)
	case left <= 1<<smallOrder && right <= 1<<largeOrder:
		return orders{smallOrder, largeOrder}, nil
	case left <= 1<<largeOrder && right <= 1<<smallOrder:
		return orders{largeOrder, smallOrder}, nil
	case left <= 1<<largeOrder:
		return orders{largeOrder, ownPages(right)}, nil
	case right <= 1<<largeOrder:
		return orders{ownPages(left), largeOrder}, nil
	}
	return orders{ownPages(left), ownPages(right)}, nil
}

// ownPages is the least order of a ring with pages of its own that holds n bytes.
func ownPages(n int) order {
	o := order(pageOrder)
	for int(o.size()) < n {
		o++
	}
	return o
}

// claim is the word of orders as a server wrote it, not yet believed.
type claim uint32

// errLayout refuses a shared page that no library lays out so.
var errLayout = errors.New("vchan: the server's shared page is laid out wrong (orders or grants out of range); the server is broken or hostile")

// check believes a claim, or not. Against it are
//   - an order that makes a ring of nothing, or one larger than the list of grants in one page can describe;
//   - two rings at the same place of the shared page;
//   - a list of grants that runs into a ring in the shared page: its end would change while data move.
func (c claim) check() (orders, error) {
	left, right := c&0xffff, c>>16
	for _, o := range []claim{left, right} {
		if o < smallOrder || o > maxOrder {
			return orders{}, errLayout
		}
	}
	o := orders{order(left), order(right)}
	if o.left == o.right && o.left.inPage() {
		return orders{}, errLayout
	}
	end := uint32(grantsAt + 4*(o.left.pages()+o.right.pages()))
	for _, r := range []order{o.left, o.right} {
		if r.inPage() && end > r.size() {
			return orders{}, errLayout
		}
	}
	return o, nil
}
