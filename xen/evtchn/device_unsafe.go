// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The system calls that take addresses. Any goroutine.

//go:build !domlet

package evtchn

import (
	"io"
	"syscall"
	"unsafe" // addresses of arguments

	"github.com/domlet/domlet/xen/abi"
)

// ioctl makes a request of /dev/xen/evtchn.
func ioctl(fd, request uintptr, args []uint32) (uintptr, syscall.Errno) {
	arg := unsafe.Pointer(unsafe.SliceData(args)) // what the driver reads
	r, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(arg))
	return r, errno
}

// The calls that each event costs return at once. So they are raw ones: of others the
// runtime's scheduler hears, and wakes its monitor, a thread that costs more than the
// event.

// notify sends an event by a port.
func notify(fd uintptr, port Port) syscall.Errno {
	arg := unsafe.Pointer(&port) // struct ioctl_evtchn_notify is the number
	_, _, errno := syscall.RawSyscall(syscall.SYS_IOCTL, fd, ioctlNotify, uintptr(arg))
	return errno
}

// report takes an event that the driver has reported, if there is one.
func report(fd uintptr) (ok bool, err error) {
	var port Port
	arg, size := unsafe.Pointer(&port), unsafe.Sizeof(port) // the driver's reports are numbers of ports
	for {
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(arg), size)
		switch {
		case errno == syscall.EAGAIN:
			return false, nil
		case errno == syscall.EINTR:
		case errno != 0:
			return false, errno
		case n != size:
			return false, io.ErrUnexpectedEOF
		default:
			return true, nil
		}
	}
}

// rearm has the driver report the next event of a port that it has reported.
func rearm(fd uintptr, port Port) error {
	arg := unsafe.Pointer(&port) // written as it was read
	if _, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(arg), unsafe.Sizeof(port)); errno != 0 {
		return errno
	}
	return nil
}

// privcmdHypercall is struct privcmd_hypercall of xen/privcmd.h.
type privcmdHypercall struct {
	op  uint64
	arg [5]uint64
}

// ioctlHypercall is IOCTL_PRIVCMD_HYPERCALL.
const ioctlHypercall = unsafe.Sizeof(privcmdHypercall{})<<16 | 'P'<<8 | 0 // part of the number

// statusCall makes EVTCHNOP_status with its argument in memory, which does not
// move. The errno of a hypercall is the ioctl's.
func statusCall(fd uintptr, memory []byte, s *abi.Evtchn_status) syscall.Errno {
	at := (*abi.Evtchn_status)(unsafe.Pointer(unsafe.SliceData(memory))) // a page, and so aligned
	*at = *s
	call := privcmdHypercall{op: abi.HYPERVISOR_event_channel_op}
	call.arg[0], call.arg[1] = abi.EVTCHNOP_status, uint64(uintptr(unsafe.Pointer(at)))                   // outside Go's heap
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, ioctlHypercall, uintptr(unsafe.Pointer(&call))) // read by the driver
	*s = *at
	return errno
}
