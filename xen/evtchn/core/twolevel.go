// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The two-level table. Table: any vCPU. CPU: its vCPU, upcall masked.

package core

import (
	"math/bits"
	"sync/atomic"
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

// TwoLevelPorts is how many ports the two-level interface has.
const TwoLevelPorts = wordBits * wordBits

const wordBits = 64

// TwoLevel is the domain's table. The zero TwoLevel has none and may not be
// used before Init.
type TwoLevel struct {
	pending, mask uintptr // addresses of two arrays of 64 words
}

// Init makes t the table in the abi.Shared_info at that address.
func (t *TwoLevel) Init(sharedInfo uintptr) {
	t.pending = sharedInfo + unsafe.Offsetof(abi.Shared_info{}.Evtchn_pending)
	t.mask = sharedInfo + unsafe.Offsetof(abi.Shared_info{}.Evtchn_mask)
}

// at returns the word of an array that holds the port's bit, and the bit.
// Numbers from TwoLevelPorts on count from 0 again.
func at(array uintptr, port uint32) (word *uint64, bit uint64) {
	return raw.Word64(array, uintptr(port/wordBits%wordBits)), 1 << (port % wordBits)
}

// Mask keeps a port's events from being served until Unmask.
func (t *TwoLevel) Mask(port uint32) {
	w, bit := at(t.mask, port)
	atomic.OrUint64(w, bit)
}

// Unmask lets a port's events be served again. True: one is waiting, so the
// port is still masked and the caller must make EVTCHNOP_unmask.
func (t *TwoLevel) Unmask(port uint32) (ask bool) {
	w, bit := at(t.mask, port)
	atomic.AndUint64(w, ^bit)
	window()
	if !t.Pending(port) {
		return false
	}
	window()
	// Xen does something only for a port that it finds masked.
	atomic.OrUint64(w, bit)
	return true
}

// Masked reports whether a port is masked.
func (t *TwoLevel) Masked(port uint32) bool {
	w, bit := at(t.mask, port)
	return atomic.LoadUint64(w)&bit != 0
}

// Pending reports whether an event is waiting at a port.
func (t *TwoLevel) Pending(port uint32) bool {
	w, bit := at(t.pending, port)
	return atomic.LoadUint64(w)&bit != 0
}

// Clear takes the event waiting at a port, if there is one, and reports whether
// there was.
func (t *TwoLevel) Clear(port uint32) bool {
	w, bit := at(t.pending, port)
	return atomic.AndUint64(w, ^bit)&bit != 0
}

// TwoLevelCPU is what one vCPU knows of its ports.
type TwoLevelCPU struct {
	info     uintptr // address of its abi.Vcpu_info
	selector uint64  // words taken from Xen and not looked into yet
	ready    uint64  // ports of word that are still to be served
	word     uint32  // the word looked into last
	bit      uint32  // the bit served last
	own      [wordBits]uint64
}

// Init makes c the state of the vCPU whose abi.Vcpu_info is at that address. It
// owns no port.
func (c *TwoLevelCPU) Init(vcpuInfo uintptr) { *c = TwoLevelCPU{info: vcpuInfo} }

// Bind makes a port one that this vCPU serves. The port is masked, or new: a
// port that moves from one vCPU to another is masked, unbound, moved by
// EVTCHNOP_bind_vcpu, bound, unmasked.
func (c *TwoLevelCPU) Bind(port uint32) { c.own[port/wordBits%wordBits] |= 1 << (port % wordBits) }

// Unbind makes a port one that this vCPU does not serve.
func (c *TwoLevelCPU) Unbind(port uint32) { c.own[port/wordBits%wordBits] &^= 1 << (port % wordBits) }

// Held reports whether Next was stopped while it still had ports to return.
func (c *TwoLevelCPU) Held() bool { return c.ready|c.selector != 0 }

// Next takes the event of the next port that has one. The event is cleared: one
// that is sent while the caller serves it comes again. False: there is none,
// and the next one raises the upcall.
func (c *TwoLevelCPU) Next(t *TwoLevel) (port uint32, ok bool) {
	for c.load(t) {
		c.bit = after(c.ready, c.bit)
		c.ready &^= 1 << (c.bit % wordBits)
		port = c.word*wordBits + c.bit
		// Since the word was read, the port may have been masked, or unbound
		// and cleared.
		if !t.Masked(port) && t.Clear(port) {
			return port, true
		}
	}
	return 0, false
}

// load makes sure that there are ports to look at.
func (c *TwoLevelCPU) load(t *TwoLevel) bool {
	for c.ready == 0 {
		if c.selector == 0 {
			lower(c.info)
			window()
			c.selector = atomic.SwapUint64(selector(c.info), 0)
		}
		if c.selector == 0 {
			return false
		}
		c.word = after(c.selector, c.word)
		c.selector &^= 1 << (c.word % wordBits)
		window()
		c.ready = t.waiting(c.word) & c.own[c.word%wordBits]
	}
	return true
}

// waiting returns the ports of a word that are pending and not masked.
func (t *TwoLevel) waiting(word uint32) uint64 {
	p, _ := at(t.pending, word*wordBits)
	m, _ := at(t.mask, word*wordBits)
	return atomic.LoadUint64(p) &^ atomic.LoadUint64(m)
}

// after returns the first bit of set behind bit number last, in a circle. The
// set is not empty.
func after(set uint64, last uint32) uint32 {
	first := last + 1
	turned := bits.RotateLeft64(set, -int(first%wordBits))
	return (first + uint32(bits.TrailingZeros64(turned))) % wordBits
}

func selector(vcpuInfo uintptr) *uint64 {
	return (*uint64)(raw.Ptr(vcpuInfo + unsafe.Offsetof(abi.Vcpu_info{}.Evtchn_pending_sel)))
}

// lower clears the upcall flag, the first byte of an abi.Vcpu_info. It must
// come before looking for events, so it is done with a locked instruction,
// which orders the two, on the 32-bit word that the flag stands in.
func lower(vcpuInfo uintptr) { atomic.AndUint32(raw.Word32(vcpuInfo, 0), ^uint32(0xff)) }
