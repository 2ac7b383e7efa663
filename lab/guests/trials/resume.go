// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What must go on when the kernel tears down all that Xen keeps for the domain,
// and sets it up again: timers, event channels, the console. In a test image.

//go:build domlet && domlettest

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/domlet/domlet/rt"
	"github.com/domlet/domlet/rt/kernel"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/grant"
)

const resumes = 20

// resume does it many times, with a timer running and another goroutine at work.
func resume() error {
	go func() {
		for {
			time.Sleep(time.Millisecond)
		}
	}()
	table, err := grant.Local()
	if err != nil {
		return err
	}
	bus, err := evtchn.Local()
	if err != nil {
		return err
	}
	self, err := evtchn.Self(bus)
	if err != nil {
		return err
	}
	before, err := table.Share(0, 1, false)
	if err != nil {
		return err
	}
	for round := range resumes {
		late := time.AfterFunc(20*time.Millisecond, func() {})
		generation := kernel.Trial(kernel.TrialResume, 0)
		if want := uintptr(round + 2); generation != want || uint64(want) != rt.ReadStats().Generation {
			return fmt.Errorf("generation %d, want %d", generation, want)
		}
		if err := alive(bus, late); err != nil {
			return fmt.Errorf("after %d times: %w", round+1, err)
		}
		if err := grants(table, self); err != nil {
			return fmt.Errorf("after %d times: %w", round+1, err)
		}
	}
	if err := before.Close(); err != nil {
		return err
	}
	// More than the console's ring holds: dom0 must take it meanwhile.
	fmt.Println(strings.Repeat("the console works\n", 1000))
	return nil
}

// alive wants a timer that was set before to fire, one set now, and an event.
func alive(bus evtchn.Bus, late *time.Timer) error {
	start := time.Now()
	time.Sleep(30 * time.Millisecond)
	if late.Stop() {
		return fmt.Errorf("a timer of 20 ms did not fire within %v", time.Since(start))
	}
	c, err := bus.IPI(0)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Notify(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return c.Wait(ctx)
}

// grants wants the grant table where it was: Xen sees an entry that is written,
// copies from the page, and the entry can be ended. One page more is shared.
func grants(table grant.Table, self abi.Domid_t) error {
	s, err := table.Share(self, 1, false)
	if err != nil {
		return err
	}
	s.Memory().CopyIn(9, []byte("granted"))
	op := grant.CopyOp{Peer: self, Ref: s.Refs()[0], Offset: 9, Data: make([]byte, 7)}
	err = errors.Join(table.Copy([]grant.CopyOp{op}), s.Close())
	if err == nil && string(op.Data) != "granted" {
		err = fmt.Errorf("a granted page reads %q", op.Data)
	}
	if now := table.Stats(); err == nil && now.Shared != 1 || now.Deferred != 0 {
		err = fmt.Errorf("left over: %+v", now)
	}
	return err
}
