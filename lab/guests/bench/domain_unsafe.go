// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The cost of an event, in a domain.

//go:build domlet

package main

import (
	"fmt"
	"unsafe" // arguments of hypercalls

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/guest"
	"github.com/domlet/domlet/xen/hypercall"
)

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
