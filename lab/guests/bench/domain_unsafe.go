// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What only a domain has: the kernel's figures and events.

//go:build domlet

package main

import (
	"fmt"
	"syscall"
	"unsafe" // arguments of hypercalls and of a system call

	"github.com/domlet/domlet/rt"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/guest"
	"github.com/domlet/domlet/xen/hypercall"
)

// atMain describes the domain as main found it.
func atMain() string {
	now, s := monotonic(), rt.ReadStats()
	return fmt.Sprintf("first instruction to main %d ns\npages used at main %d pages\n",
		now-int64(s.BootTime), s.Frames-s.Free)
}

// monotonic returns the monotonic clock in nanoseconds: Xen's system time, as
// rt's BootTime is.
func monotonic() int64 {
	const clock = 1 // CLOCK_MONOTONIC
	var now syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&now)), 0) // the call fills it
	return now.Nano()
}

// frame holds the arguments of hypercalls: in the image, so it is always mapped.
var frame struct {
	bind abi.Evtchn_bind_ipi
	send abi.Evtchn_send
}

// events reports what it costs to send an event to oneself and to wait for it.
func events() error {
	if rc := hypercall.EventChannel(abi.EVTCHNOP_bind_ipi, unsafe.Pointer(&frame.bind)); rc < 0 { // in the image
		return fmt.Errorf("bind_ipi: error %d", -rc)
	}
	frame.send.Port = frame.bind.Port
	handle := guest.PollOpen(frame.bind.Port)
	defer guest.PollClose(frame.bind.Port, handle)
	report("event", measure(1_000, func() {
		hypercall.EventChannel(abi.EVTCHNOP_send, unsafe.Pointer(&frame.send)) // in the image
		guest.PollWait(handle, 0)
	}))
	return nil
}
