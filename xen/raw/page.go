// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The shared page: every access is forced into its 4096 bytes. Any context.

package raw

import "sync/atomic"

// PageSize is the size of a page and of a page frame in bytes.
const PageSize = 4096

// Page is one page that somebody else may write at any moment: the hypervisor,
// a backend, another domain. Read a field once, check the copy, use the copy.
// The zero Page is no page; only At makes one that may be accessed.
type Page struct{ addr uintptr }

// At returns the page at addr. The caller vouches that a whole page is mapped
// there; addr must be a multiple of 8.
func At(addr uintptr) Page { return Page{addr} }

// Valid reports whether the page was made by At.
func (p *Page) Valid() bool { return p.addr != 0 }

// Load32 reads the aligned 32-bit word that holds byte off, with acquire order:
// what the writer stored before it is visible to the reads that follow.
func (p *Page) Load32(off uint32) uint32 { return atomic.LoadUint32(p.word(off)) }

// Store32 writes the aligned 32-bit word that holds byte off, with release
// order and a full barrier behind it: whoever sees it also sees the stores made
// before, and no later load is made before it.
func (p *Page) Store32(off, v uint32) { atomic.StoreUint32(p.word(off), v) }

func (p *Page) word(off uint32) *uint32 {
	return Word32(p.addr, uintptr(off%PageSize/4))
}

// CopyOut reads from the page at off into dst and returns the bytes copied:
// len(dst), or fewer when the page ends first.
func (p *Page) CopyOut(dst []byte, off uint32) int {
	return copy(dst, p.bytes()[off%PageSize:])
}

// CopyIn writes src into the page at off and returns the bytes copied:
// len(src), or fewer when the page ends first.
func (p *Page) CopyIn(off uint32, src []byte) int {
	return copy(p.bytes()[off%PageSize:], src)
}

func (p *Page) bytes() *[PageSize]byte { return (*[PageSize]byte)(Ptr(p.addr)) }
