// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The two rings of a page. Any context.

package bytering

import "github.com/domlet/domlet/xen/raw"

// Ring is the domain's hold on a page. The zero Ring has no page: it takes no
// output and gives no input.
type Ring struct {
	page    raw.Page
	written uint32 // OutProd: bytes written since the page was made
	read    uint32 // InCons: bytes read since then
	at      Layout
}

// Init takes hold of the page at addr, where its indices stand now. That is
// 0 in a new domain; after a restore of the domain it is called again.
func (r *Ring) Init(addr uintptr, at *Layout) {
	r.page, r.at = raw.At(addr), *at
	r.written, r.read = r.page.Load32(at.OutProd), r.page.Load32(at.InCons)
}

// Unsent returns how many bytes the other side has still to take: 0 .. OutSize.
// False: its index is broken.
func (r *Ring) Unsent() (n uint32, ok bool) {
	if !r.page.Valid() {
		return 0, true
	}
	n = r.written - r.page.Load32(r.at.OutCons)
	return n, n <= r.at.OutSize
}

// Pending returns how many bytes can be read: 0 .. InSize. False: the other
// side's index is broken.
func (r *Ring) Pending() (n uint32, ok bool) {
	if !r.page.Valid() {
		return 0, true
	}
	n = r.page.Load32(r.at.InProd) - r.read
	return n, n <= r.at.InSize
}

// Free returns how many bytes can be written: 0 .. OutSize, and 0 while the
// other side's index is broken.
func (r *Ring) Free() uint32 {
	n, ok := r.Unsent()
	if !ok || !r.page.Valid() {
		return 0
	}
	return r.at.OutSize - n
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
	at := r.written & (r.at.OutSize - 1)
	first := min(len(p), int(r.at.OutSize-at))
	r.page.CopyIn(r.at.Out+at, p[:first])
	r.page.CopyIn(r.at.Out, p[first:])
	r.written += uint32(len(p))
	r.page.Store32(r.at.OutProd, r.written)
	return len(p)
}

// Read moves what has come into p, as much as fits, and returns how many bytes
// that was. If it is not 0, the caller notifies the other side: there is room.
func (r *Ring) Read(p []byte) int {
	n := r.Peek(p)
	if n > 0 {
		r.Skip(uint32(n))
	}
	return n
}

// Skip is Read of n bytes, of which so many are pending, to nowhere.
func (r *Ring) Skip(n uint32) {
	r.read += n
	r.page.Store32(r.at.InCons, r.read)
}

// Peek is Read that leaves in the ring what it copies.
func (r *Ring) Peek(p []byte) int {
	n, ok := r.Pending()
	if !ok || n == 0 {
		return 0
	}
	p = p[:min(len(p), int(n))]
	at := r.read & (r.at.InSize - 1)
	first := min(len(p), int(r.at.InSize-at))
	r.page.CopyOut(p[:first], r.at.In+at)
	r.page.CopyOut(p[first:], r.at.In)
	return len(p)
}
