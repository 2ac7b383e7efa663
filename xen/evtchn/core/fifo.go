// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The FIFO table. Table: any vCPU. CPU: its vCPU, upcall masked.

package core

import (
	"math/bits"
	"sync/atomic"
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

// The bits of an event word.
const (
	pending = 1 << abi.EVTCHN_FIFO_PENDING
	masked  = 1 << abi.EVTCHN_FIFO_MASKED
	linked  = 1 << abi.EVTCHN_FIFO_LINKED
	busy    = 1 << abi.EVTCHN_FIFO_BUSY
	link    = abi.EVTCHN_FIFO_LINK_MASK
)

// Sizes of the table.
const (
	FIFOPagePorts = raw.PageSize / 4                            // ports a page
	FIFOPages     = abi.EVTCHN_FIFO_NR_CHANNELS / FIFOPagePorts // pages at most
)

// busyTries is how often Unmask looks at a BUSY word before it asks Xen. Xen
// keeps a word busy for a few instructions on another processor.
const busyTries = 100

// FIFO is the domain's table. The zero FIFO has no ports.
type FIFO struct {
	n    uint32 // pages
	page [FIFOPages]uintptr
}

// AddPage adds the page at addr: all its ports are masked and nothing is
// pending. The caller gives the page to Xen (EVTCHNOP_expand_array) afterwards.
// False: there are all the pages that there can be. Adding is not done while
// another vCPU uses the table.
func (t *FIFO) AddPage(addr uintptr) bool {
	n := t.n
	if n >= FIFOPages {
		return false
	}
	for i := uintptr(0); i < FIFOPagePorts; i++ {
		*raw.Word32(addr, i) = masked
	}
	t.page[n] = addr
	t.n = n + 1
	return true
}

// Ports returns how many ports the table has.
func (t *FIFO) Ports() uint32 { return t.n * FIFOPagePorts }

// word returns the event word of a port that the table has.
func (t *FIFO) word(port uint32) *uint32 {
	return raw.Word32(t.page[port/FIFOPagePorts%FIFOPages], uintptr(port%FIFOPagePorts))
}

// Mask keeps a port's events from being served until Unmask.
func (t *FIFO) Mask(port uint32) {
	if port < t.Ports() {
		atomic.OrUint32(t.word(port), masked)
	}
}

// Unmask lets a port's events be served again. True: one is waiting, or Xen is
// at work on the word, so the port is still masked and the caller must make
// EVTCHNOP_unmask.
func (t *FIFO) Unmask(port uint32) (ask bool) {
	if port >= t.Ports() {
		return false
	}
	w := t.word(port)
	for range busyTries {
		old := atomic.LoadUint32(w)
		window()
		switch {
		case old&masked == 0:
			return false
		case old&pending != 0:
			return true
		case old&busy == 0 && atomic.CompareAndSwapUint32(w, old, old&^masked):
			return false
		}
	}
	return true
}

// Masked reports whether a port is masked. One that the table does not have is.
func (t *FIFO) Masked(port uint32) bool {
	return port >= t.Ports() || atomic.LoadUint32(t.word(port))&masked != 0
}

// Pending reports whether an event is waiting at a port.
func (t *FIFO) Pending(port uint32) bool {
	return port < t.Ports() && atomic.LoadUint32(t.word(port))&pending != 0
}

// Clear takes the event waiting at a port, if there is one, and reports whether
// there was. The port may stay in a queue, where it is passed over.
func (t *FIFO) Clear(port uint32) bool {
	return port < t.Ports() && atomic.AndUint32(t.word(port), ^uint32(pending))&pending != 0
}

// unlink takes a port out of the front of its queue and returns the port behind
// it, or 0 if there was none.
func (t *FIFO) unlink(port uint32) (next uint32) {
	w := t.word(port)
	for {
		old := atomic.LoadUint32(w)
		window()
		if atomic.CompareAndSwapUint32(w, old, old&^(linked|link)) {
			return old & link
		}
	}
}

// FIFOCPU is what one vCPU knows of its queues.
type FIFOCPU struct {
	info    uintptr // address of its abi.Vcpu_info
	control uintptr // address of its abi.Evtchn_fifo_control_block
	ready   uint32  // queues that are not known to be empty
	head    [abi.EVTCHN_FIFO_MAX_QUEUES]uint32
}

// Init makes c the state of the vCPU with that abi.Vcpu_info, and gives it the
// memory at control, 72 bytes at a multiple of 8, for its
// abi.Evtchn_fifo_control_block. The caller gives it to Xen
// (EVTCHNOP_init_control) afterwards.
func (c *FIFOCPU) Init(vcpuInfo, control uintptr) {
	*c = FIFOCPU{info: vcpuInfo, control: control}
	raw.ZeroWords(control, unsafe.Sizeof(abi.Evtchn_fifo_control_block{})/8)
}

// Held reports whether Next was stopped while it may still have had ports to
// return.
func (c *FIFOCPU) Held() bool { return c.ready != 0 }

// Next takes the event of the next port that has one: the first in the most
// urgent queue. The event is cleared: one that is sent while the caller serves
// it comes again. False: there is none, and the next one raises the upcall.
func (c *FIFOCPU) Next(t *FIFO) (port uint32, ok bool) {
	for c.load() {
		port = c.dequeue(t, uint32(bits.TrailingZeros32(c.ready)))
		window()
		if !t.Masked(port) && t.Clear(port) {
			return port, true
		}
	}
	return 0, false
}

// load looks for queues that became ready, and reports whether any is. It does
// so before every port, so that an urgent one does not wait for the others.
func (c *FIFOCPU) load() bool {
	r := raw.Word32(c.control+unsafe.Offsetof(abi.Evtchn_fifo_control_block{}.Ready), 0)
	if c.ready == 0 {
		lower(c.info)
		window()
	} else if atomic.LoadUint32(r) == 0 {
		return true // spares the swap
	}
	const queues = 1<<abi.EVTCHN_FIFO_MAX_QUEUES - 1
	c.ready |= atomic.SwapUint32(r, 0) & queues
	return c.ready != 0
}

// dequeue takes the first port out of a queue. If that leaves it empty, its
// next port will come with a Ready bit. The port 0, which is never used, stands
// for none.
func (c *FIFOCPU) dequeue(t *FIFO, queue uint32) (port uint32) {
	note := &c.head[queue%abi.EVTCHN_FIFO_MAX_QUEUES]
	port = *note
	if port == 0 {
		port = atomic.LoadUint32(c.first(queue))
		window()
	}
	next := uint32(0)
	if port < t.Ports() {
		next = t.unlink(port)
	}
	*note = next
	if next == 0 {
		c.ready &^= 1 << queue
	}
	return port
}

// first returns where Xen writes the first port of a queue.
func (c *FIFOCPU) first(queue uint32) *uint32 {
	return raw.Word32(c.control+unsafe.Offsetof(abi.Evtchn_fifo_control_block{}.Head), uintptr(queue))
}
