// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The frontend's ring from the backend: pages that stay granted, offered, emptied,
// and offered again. On the goroutine that receives.

package netif

import (
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/ring"
)

// frontReceiver is the frontend's end of the ring from the backend. All pages but
// those being emptied are offered, always in the same order: request number n has
// page n modulo their number, and so has response number n, because backends
// answer in the slot of the request. That is all the bookkeeping there is.
type frontReceiver struct {
	ring  *ring.Front
	pages []*grant.Shared // a power of two of them, at most as many as there are slots
	taken uint32          // responses
	put   uint32          // requests
	count *counters
	chain chain
	b     [rxSlot]byte
}

// newFrontReceiver offers all pages. The backend sees them after push.
func newFrontReceiver(r *ring.Front, pages []*grant.Shared, count *counters) (*frontReceiver, error) {
	f := &frontReceiver{ring: r, pages: pages, count: count}
	err := f.offer(len(pages))
	f.ring.Push() // nobody is there yet who could be notified
	return f, err
}

// offer offers the next n pages in turn.
func (f *frontReceiver) offer(n int) error {
	for range n {
		id := f.put % uint32(len(f.pages))
		putRxRequest(f.b[:], uint16(id), uint32(f.pages[id].Refs()[0]))
		if err := f.ring.Put(f.b[:]); err != nil {
			return err
		}
		f.put++
	}
	return nil
}

func (f *frontReceiver) move(batch []Packet, alloc func(n int) []byte) (n int, notify bool, err error) {
	for n < len(batch) {
		var ok bool
		if ok, err = f.chain.collect(f.ring, f.b[:], f.taken, uint32(len(f.pages))); !ok || err != nil {
			break
		}
		if f.deliver(&batch[n], alloc) {
			n++
		}
		slots := f.chain.slots()
		f.taken += uint32(slots)
		if err = f.offer(slots); err != nil {
			break
		}
	}
	return n, f.ring.Push(), err
}

// deliver copies the packet in the chain out of its pages. False: it was dropped.
func (f *frontReceiver) deliver(p *Packet, alloc func(n int) []byte) bool {
	c := &f.chain
	if c.flawed {
		f.count.drop(c.flaw)
		return false
	}
	if c.aside {
		return false
	}
	mem := memory(c, alloc, f.count)
	if mem == nil {
		return false
	}
	at := 0
	for _, piece := range c.pieces[:c.count] {
		f.pages[piece.id].Memory().CopyOut(mem[at:at+piece.bytes], piece.offset)
		at += piece.bytes
	}
	*p = Packet{Data: mem, Checksum: c.checksum, GSO: c.gso}
	return true
}

// memory asks the caller for as much as a packet takes.
func memory(c *chain, alloc func(n int) []byte, count *counters) []byte {
	mem := alloc(c.total)
	if len(mem) < c.total {
		count.drop(MemoryDrop)
		return nil
	}
	return mem[:c.total]
}

func (f *frontReceiver) await() (bool, error) { return f.ring.Done() }
