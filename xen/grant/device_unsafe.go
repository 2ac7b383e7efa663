// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The system calls that take addresses. Any goroutine.

//go:build !domlet

package grant

import (
	"runtime"
	"syscall"
	"unsafe" // addresses of arguments

	"github.com/domlet/domlet/xen/abi"
)

// ioctl makes a request whose argument is words; the driver may change them.
func ioctl(fd int, request uintptr, args []uint32) syscall.Errno {
	arg := unsafe.Pointer(unsafe.SliceData(args)) // read and written by the driver
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), request, uintptr(arg))
	return errno
}

// segment is struct ioctl_gntdev_grant_copy_segment of xen/gntdev.h. A side is an
// address of ours, or reference, offset and domain from the low bits up.
type segment struct {
	source, dest uint64
	len, flags   uint16
	status       int16
	_            [2]byte
}

// newSegment describes a copy. The pinner keeps the Go memory where its address
// says.
func newSegment(op *CopyOp, pins *runtime.Pinner) segment {
	here := uint64(0)
	if len(op.Data) > 0 {
		pins.Pin(&op.Data[0])
		here = uint64(uintptr(unsafe.Pointer(&op.Data[0]))) // pinned until the driver is done
	}
	there := uint64(op.Ref) | uint64(op.Offset)<<32 | uint64(op.Peer)<<48
	s := segment{source: there, dest: here, len: uint16(len(op.Data)), flags: abi.GNTCOPY_source_gref}
	if op.Write {
		s.source, s.dest, s.flags = here, there, abi.GNTCOPY_dest_gref
	}
	return s
}

// ioctlCopy makes the copies; the driver writes the status of each into memory of
// ours.
func ioctlCopy(fd int, segments []segment) syscall.Errno {
	args := struct {
		count    uint32
		segments unsafe.Pointer // the array
	}{uint32(len(segments)), unsafe.Pointer(unsafe.SliceData(segments))}
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), gntdevCopy, uintptr(unsafe.Pointer(&args)))
	return errno
}
