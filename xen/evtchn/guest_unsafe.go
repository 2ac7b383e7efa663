// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The hypercall of a domlet domain's event channels. Any goroutine.

//go:build domlet

package evtchn

import (
	"syscall"
	"unsafe" // a hypercall takes the address of its argument

	"github.com/domlet/domlet/xen/hypercall"
)

// hypercallOn makes an event-channel operation. The argument lies on the
// caller's stack, which is memory that is there: Xen takes no page fault.
func hypercallOn[T any](op uintptr, arg *T) syscall.Errno {
	return syscall.Errno(-hypercall.EventChannel(op, unsafe.Pointer(arg))) // the address of arg
}
