// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Pages of a domain of domlet's own. Any goroutine.

//go:build domlet

package pages

import (
	"unsafe" // turns an address that the kernel vouches for into memory, and back

	"github.com/domlet/domlet/xen/guest"
	"github.com/domlet/domlet/xen/raw"
)

// Local returns the pages of the world that the program runs in.
func Local() Source { return domain{} }

// domain has the pages of the kernel.
type domain struct{}

func (domain) Alloc(n int) []byte {
	addr := guest.Alloc(n)
	if addr == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(raw.Ptr(addr)), n*Size) // the kernel vouches for the address
}

func (domain) Free(mem []byte) {
	clear(mem)
	addr := uintptr(unsafe.Pointer(unsafe.SliceData(mem))) // does not move: not the Go heap
	if !guest.Free(addr, len(mem)/Size) {
		panic("pages: given back twice")
	}
}
