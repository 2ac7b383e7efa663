// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A packet as it lies in the slots of a ring: read, checked, and good to use. On
// the goroutine that receives.

package netif

import (
	"errors"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
)

// maxPieces is how many slots of a packet may have bytes. A packet that has more
// is refused with its connection: nobody may send it.
const maxPieces = abi.XEN_NETIF_NR_SLOTS_MIN

// Violations: what the other end can only do on purpose.
var (
	errCut    = errors.New("netif: a packet ends before its last slot")
	errPieces = errors.New("netif: a packet has more slots than the 18 that are allowed")
	errPast   = errors.New("netif: a piece of a packet reaches over the end of its page")
	errExtra  = errors.New("netif: extra information of a kind that there is not, or twice")
	errGSO    = errors.New("netif: segments of no size, or of no kind that there is")
	errAnswer = errors.New("netif: an answer to nothing that was asked")
)

// piece is a part of a packet in one page, within it.
type piece struct {
	ref    grant.Ref // of the page; the backend's
	id     uint16
	offset uint32
	bytes  int
}

// chain is one packet.
type chain struct {
	pieces   [maxPieces]piece
	count    int   // of pieces
	extras   int   // slots with extra information; they follow the first piece
	kinds    uint8 // of extra information that was seen, a bit for each
	total    int   // bytes
	checksum Checksum
	gso      GSO
	flawed   bool // it is to be dropped, because of:
	flaw     Drop
	aside    bool // it is no packet but a request that came with extra information
}

// taker is a ring that is read.
type taker interface {
	Take(b []byte) (bool, error)
}

// drop marks the packet; the first reason stays.
func (c *chain) drop(why Drop) {
	if !c.flawed {
		c.flawed, c.flaw = true, why
	}
}

// slots is how many slots the packet takes.
func (c *chain) slots() int { return c.count + c.extras }

// reset makes the chain one without pieces. What is in the pieces does not count.
func (c *chain) reset() {
	c.count, c.extras, c.kinds, c.total = 0, 0, 0, 0
	c.checksum, c.gso = Complete, GSO{}
	c.flawed, c.aside = false, false
}

// next takes a slot that must be there.
func next(r taker, b []byte) error {
	ok, err := r.Take(b)
	if err == nil && !ok {
		err = errCut
	}
	return err
}

// add notes one more piece.
func (c *chain) add(p piece) error {
	if c.count == maxPieces {
		return errPieces
	}
	c.pieces[c.count] = p
	c.count++
	return nil
}

// readExtras takes the slots with extra information. Each kind may come once, so
// that they have an end.
func (c *chain) readExtras(r taker, b []byte) error {
	for more := true; more; {
		if err := next(r, b); err != nil {
			return err
		}
		e := readExtra(b)
		if err := c.learn(e); err != nil {
			return err
		}
		more = e.flags&abi.XEN_NETIF_EXTRA_FLAG_MORE != 0
	}
	return nil
}

// learn takes in one slot of extra information.
func (c *chain) learn(e extraInfo) error {
	if e.kind == abi.XEN_NETIF_EXTRA_TYPE_NONE || e.kind >= abi.XEN_NETIF_EXTRA_TYPE_MAX || c.kinds&(1<<e.kind) != 0 {
		return errExtra
	}
	c.kinds |= 1 << e.kind
	c.extras++
	switch e.kind {
	case abi.XEN_NETIF_EXTRA_TYPE_GSO:
		c.gso = GSO{Segments(e.segmentation), uint16(e.size)}
		if e.size == 0 || c.gso.Kind != TCP4 && c.gso.Kind != TCP6 {
			return errGSO
		}
	case abi.XEN_NETIF_EXTRA_TYPE_MCAST_ADD, abi.XEN_NETIF_EXTRA_TYPE_MCAST_DEL:
		c.aside = true
	}
	return nil
}

// gather takes the next packet out of the ring to the backend. False: there is
// none. In that ring the first slot has the size of the whole, and the size of
// its own piece is what the others leave.
func (c *chain) gather(r taker, b []byte) (bool, error) {
	c.reset()
	ok, err := r.Take(b)
	if !ok || err != nil {
		return false, err
	}
	first := readTxRequest(b)
	c.checksum = checksumOf(first.flags, abi.NETTXF_csum_blank, abi.NETTXF_data_validated)
	c.total = int(first.size)
	if err := c.addRequest(first, 0); err != nil {
		return false, err
	}
	if first.flags&abi.NETTXF_extra_info != 0 {
		if err := c.readExtras(r, b); err != nil {
			return false, err
		}
	}
	return true, c.gatherRest(r, b, first)
}

// gatherRest takes the pieces behind the first, and sizes the first.
func (c *chain) gatherRest(r taker, b []byte, first txRequest) error {
	rest := 0
	for more := first.flags & abi.NETTXF_more_data; more != 0; {
		if err := next(r, b); err != nil {
			return err
		}
		q := readTxRequest(b)
		if err := c.addRequest(q, int(q.size)); err != nil {
			return err
		}
		rest += int(q.size)
		more = q.flags & abi.NETTXF_more_data
	}
	p := &c.pieces[0]
	p.bytes = c.total - rest
	if p.bytes < 0 {
		p.bytes = 0
		c.drop(SizeDrop)
	}
	c.judge()
	return within(claim(p.offset), p.bytes)
}

// within refuses a piece that is not in its page. An empty one must be, too.
func within(offset claim, bytes int) error {
	if offset >= grant.PageSize || int(offset)+bytes > grant.PageSize {
		return errPast
	}
	return nil
}

func (c *chain) addRequest(q txRequest, bytes int) error {
	if err := within(q.offset, bytes); err != nil {
		return err
	}
	return c.add(piece{grant.Ref(q.ref), uint16(q.id), uint32(q.offset), bytes})
}

// judge drops what is no frame.
func (c *chain) judge() {
	if c.total < MinPacket {
		c.drop(ShortDrop)
	}
}

// collect takes the next packet out of the ring to the frontend. False: there is
// none. In that ring a slot has the size of its own piece. A response stands in
// the slot of the request whose page it used, so page number at, counted modulo
// pages, belongs to the first of them, and what a response says its number is
// must be that.
func (c *chain) collect(r taker, b []byte, at, pages uint32) (bool, error) {
	c.reset()
	ok, err := r.Take(b)
	if !ok || err != nil {
		return false, err
	}
	first := readRxResponse(b)
	c.checksum = checksumOf(first.flags, abi.NETRXF_csum_blank, abi.NETRXF_data_validated)
	if err := c.addResponse(first, at%pages); err != nil {
		return false, err
	}
	if first.flags&abi.NETRXF_extra_info != 0 {
		if err := c.readExtras(r, b); err != nil {
			return false, err
		}
	}
	for more := first.flags & abi.NETRXF_more_data; more != 0; {
		if err := next(r, b); err != nil {
			return false, err
		}
		q := readRxResponse(b)
		if err := c.addResponse(q, (at+uint32(c.slots()))%pages); err != nil {
			return false, err
		}
		more = q.flags & abi.NETRXF_more_data
	}
	c.judge()
	return true, nil
}

// addResponse notes a piece in page number page. One that failed has no bytes.
func (c *chain) addResponse(q rxResponse, page uint32) error {
	if uint32(q.id) != page {
		return errAnswer
	}
	bytes := int(q.status)
	if bytes < 0 {
		c.drop(FailedDrop)
		bytes = 0
	}
	if err := within(q.offset, bytes); err != nil {
		return err
	}
	c.total += bytes
	return c.add(piece{id: uint16(page), offset: uint32(q.offset), bytes: bytes})
}

// checksumOf reads the flags of a packet's first slot.
func checksumOf(flags claim, blank, validated claim) Checksum {
	switch {
	case flags&blank != 0:
		return Blank
	case flags&validated != 0:
		return Validated
	}
	return Complete
}
