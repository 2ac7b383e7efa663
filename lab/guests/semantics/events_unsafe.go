// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Event channels from a domain to itself. In a domain only.

//go:build domlet

package main

import (
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/guest"
	"github.com/domlet/domlet/xen/hypercall"
)

// loop is an event channel with both ends in this domain.
type loop struct {
	near, far uint32 // ports: far is sent on, near is waited on
	handle    uintptr
}

// operate makes an event-channel hypercall. Xen is done with the argument, an
// unsafe pointer to the caller's stack, when the call returns.
func operate[T any](op uintptr, arg *T) error {
	if rc := hypercall.EventChannel(op, unsafe.Pointer(arg)); rc < 0 {
		return fmt.Errorf("event-channel operation %d: error %d", op, -rc)
	}
	return nil
}

func newLoop() (*loop, error) {
	a := abi.Evtchn_alloc_unbound{Dom: abi.DOMID_SELF, Remote_dom: abi.DOMID_SELF}
	if err := operate(abi.EVTCHNOP_alloc_unbound, &a); err != nil {
		return nil, err
	}
	b := abi.Evtchn_bind_interdomain{Remote_dom: abi.DOMID_SELF, Remote_port: a.Port}
	if err := operate(abi.EVTCHNOP_bind_interdomain, &b); err != nil {
		return nil, err
	}
	l := &loop{near: a.Port, far: b.Local_port}
	if l.handle = guest.PollOpen(l.near); l.handle == 0 {
		return nil, fmt.Errorf("no poll slot for port %d", l.near)
	}
	return l, nil
}

func (l *loop) send() error {
	return operate(abi.EVTCHNOP_send, &abi.Evtchn_send{Port: l.far})
}

func (l *loop) close() {
	guest.PollClose(l.near, l.handle)
	operate(abi.EVTCHNOP_close, &abi.Evtchn_close{Port: l.near})
	operate(abi.EVTCHNOP_close, &abi.Evtchn_close{Port: l.far})
}

// eventStorm sends ARG events, each at another moment of the waiter's way to
// sleep, and waits for each with a time-out that only a lost one can reach.
func eventStorm(arg string) error {
	n, err := number(arg, 5000)
	if err != nil {
		return err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	l, err := newLoop()
	if err != nil {
		return err
	}
	defer l.close()
	begin := make(chan int)
	defer close(begin)
	go l.sendAfter(begin)
	// Closing the slot ends the wait for an event that does not come.
	limit := time.AfterFunc(lostAfter, func() { guest.PollClose(l.near, l.handle) })
	defer limit.Stop()
	for i := range n {
		limit.Reset(lostAfter)
		begin <- i
		if !guest.PollWait(l.handle, 0) {
			return fmt.Errorf("event %d of %d was lost", i, n)
		}
	}
	return nil
}

// sendAfter sends an event for each number it is given, up to 100 µs later.
func (l *loop) sendAfter(begin <-chan int) {
	for i := range begin {
		spinFor(time.Duration(i%100) * time.Microsecond)
		l.send()
	}
}
