// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The events, in a domain. On goroutines.

//go:build domlet

package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
	"unsafe" // arguments of hypercalls

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/guest"
	"github.com/domlet/domlet/xen/hypercall"
)

// frame is the argument of a hypercall: in the image, so it is always mapped.
var frame struct {
	bind abi.Evtchn_bind_ipi
	send abi.Evtchn_send
}

func run(name string, n int) error {
	frame.bind = abi.Evtchn_bind_ipi{}
	if rc := hypercall.EventChannel(abi.EVTCHNOP_bind_ipi, unsafe.Pointer(&frame.bind)); rc < 0 { // in the image
		return fmt.Errorf("bind_ipi: error %d", -rc)
	}
	port := frame.bind.Port
	handle := guest.PollOpen(port)
	defer guest.PollClose(port, handle)
	frame.send = abi.Evtchn_send{Port: port}
	switch name {
	case "storm":
		return storm(handle, n)
	case "idle":
		return idle(handle, n)
	}
	return errors.New("no such case")
}

func send() { hypercall.EventChannel(abi.EVTCHNOP_send, unsafe.Pointer(&frame.send)) } // in the image

// wait waits for one event for ten seconds. The deadline is nanotime's: what the
// monotonic clock shows, since boot of the host.
func wait(handle uintptr) error {
	var now [2]int64
	clock(&now)
	if !guest.PollWait(handle, now[0]*1e9+now[1]+10e9) {
		return errors.New("an event did not come within ten seconds")
	}
	return nil
}

func storm(handle uintptr, n int) error {
	begin := time.Now()
	for range n {
		send()
		if err := wait(handle); err != nil {
			return err
		}
	}
	fmt.Printf("event_ns=%d\n", time.Since(begin).Nanoseconds()/int64(n))
	return nil
}

// idle lets the vCPU go idle before each event.
func idle(handle uintptr, n int) error {
	go func() {
		for range n {
			time.Sleep(time.Duration(rand.IntN(100)) * time.Microsecond)
			send()
			<-taken
		}
	}()
	for range n {
		if err := wait(handle); err != nil {
			return err
		}
		taken <- struct{}{}
	}
	return nil
}

var taken = make(chan struct{}, 1)
