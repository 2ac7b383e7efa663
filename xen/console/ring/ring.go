// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The two rings of the console page. Kernel, lock held.

package ring

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

// Sizes of the rings in bytes, both powers of two.
const (
	InSize  = uint32(len(abi.Xencons_interface{}.In))  // to the domain
	OutSize = uint32(len(abi.Xencons_interface{}.Out)) // from the domain
)

// Offsets into the page in bytes.
const (
	in      = uint32(unsafe.Offsetof(abi.Xencons_interface{}.In))
	out     = uint32(unsafe.Offsetof(abi.Xencons_interface{}.Out))
	inCons  = uint32(unsafe.Offsetof(abi.Xencons_interface{}.In_cons))
	inProd  = uint32(unsafe.Offsetof(abi.Xencons_interface{}.In_prod))
	outCons = uint32(unsafe.Offsetof(abi.Xencons_interface{}.Out_cons))
	outProd = uint32(unsafe.Offsetof(abi.Xencons_interface{}.Out_prod))
)

// Ring is the domain's hold on a console page. The zero Ring has no page: it
// takes no output and gives no input.
type Ring struct {
	page    raw.Page
	written uint32 // out_prod: bytes written since the page was made
	read    uint32 // in_cons: bytes read since then
}

// Init takes hold of the page at addr, where its indices stand now. That is
// 0 in a new domain; after a restore of the domain it is called again.
func (r *Ring) Init(addr uintptr) {
	r.page = raw.At(addr)
	r.written, r.read = r.page.Load32(outProd), r.page.Load32(inCons)
}

// Unsent returns how many bytes the other side has still to take: 0 .. OutSize.
// False: its index is broken.
func (r *Ring) Unsent() (n uint32, ok bool) {
	if !r.page.Valid() {
		return 0, true
	}
	n = r.written - r.page.Load32(outCons)
	return n, n <= OutSize
}

// Pending returns how many bytes can be read: 0 .. InSize. False: the other
// side's index is broken.
func (r *Ring) Pending() (n uint32, ok bool) {
	if !r.page.Valid() {
		return 0, true
	}
	n = r.page.Load32(inProd) - r.read
	return n, n <= InSize
}

// Free returns how many bytes can be written: 0 .. OutSize, and 0 while the
// other side's index is broken.
func (r *Ring) Free() uint32 {
	n, ok := r.Unsent()
	if !ok || !r.page.Valid() {
		return 0
	}
	return OutSize - n
}

// Broken reports whether an index of the other side is out of range now.
func (r *Ring) Broken() bool {
	_, unsent := r.Unsent()
	_, pending := r.Pending()
	return !unsent || !pending
}

// Write puts as much of p into the ring as there is room for, and returns how
// many bytes that was. If it is not 0, the caller notifies the other side.
func (r *Ring) Write(p []byte) int {
	p = p[:min(len(p), int(r.Free()))]
	if len(p) == 0 {
		return 0
	}
	at := r.written % OutSize
	first := min(len(p), int(OutSize-at))
	r.page.CopyIn(out+at, p[:first])
	r.page.CopyIn(out, p[first:])
	r.written += uint32(len(p))
	r.page.Store32(outProd, r.written)
	return len(p)
}

// Read moves what has come into p, as much as fits, and returns how many bytes
// that was. If it is not 0, the caller notifies the other side: there is room.
func (r *Ring) Read(p []byte) int {
	n, ok := r.Pending()
	if !ok || n == 0 {
		return 0
	}
	p = p[:min(len(p), int(n))]
	at := r.read % InSize
	first := min(len(p), int(InSize-at))
	r.page.CopyOut(p[:first], in+at)
	r.page.CopyOut(p[first:], in)
	r.read += uint32(len(p))
	r.page.Store32(inCons, r.read)
	return len(p)
}
