// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Where the kernel has the ring. Any goroutine.

//go:build domlet

package local

import (
	"unsafe" // the kernel names its memory by address

	"github.com/domlet/domlet/xen/bytering"
	"github.com/domlet/domlet/xen/guest"
)

// theRing returns the kernel's hold on the ring, and the ring's port. It is
// memory of the image, which never goes away.
func theRing() (*bytering.Messages, uint32) {
	addr, port := guest.Store()
	return *(**bytering.Messages)(unsafe.Pointer(&addr)), port
}
