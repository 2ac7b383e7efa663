// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Words of shared memory. Any goroutine.

package grant

import "unsafe"

// word returns the 32-bit word at off, which the caller has checked, as an
// address that atomic operations take: there are none on bytes of a slice. The
// bounds check of the slice expression stays.
func word(b []byte, off uint32) *uint32 {
	return (*uint32)(unsafe.Pointer((*[4]byte)(b[off:])))
}
