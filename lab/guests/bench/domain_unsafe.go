// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What only a domain has: the kernel's figures and events.

//go:build domlet

package main

import (
	"fmt"
	"syscall"
	"time"
	"unsafe" // argument of a system call

	"github.com/domlet/domlet/rt"
	"github.com/domlet/domlet/xen/evtchn"
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

// events reports what it costs to send an event to oneself and to wait for it.
func events() error {
	bus, err := evtchn.Local()
	if err != nil {
		return err
	}
	c, err := bus.IPI(0)
	if err != nil {
		return err
	}
	defer c.Close()
	report("event", measure(1_000, func() {
		c.Notify()
		c.WaitUntil(time.Time{})
	}))
	return nil
}

// interrupts reports what it costs to reach another vCPU: an event to it, to the
// goroutine that waits there, and the same way back, halved.
func interrupts() error {
	bus, err := evtchn.Local()
	if err != nil {
		return err
	}
	there, err := bus.IPI(1)
	if err != nil {
		return err
	}
	defer there.Close()
	back, err := bus.IPI(0)
	if err != nil {
		return err
	}
	defer back.Close()
	go func() {
		for there.WaitUntil(time.Time{}) == nil {
			back.Notify()
		}
	}()
	report("event to another vCPU", measure(500, func() {
		there.Notify()
		back.WaitUntil(time.Time{})
	})/2)
	return nil
}
