// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The cases of many ports. On goroutines.

package main

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/evtchn"
)

// bound binds n ports.
func bound(bus evtchn.Bus, n int) (all []*evtchn.Channel, err error) {
	for len(all) < n {
		c, err := bus.IPI(0)
		if err != nil {
			return all, errors.Join(fmt.Errorf("after %d ports: %w", len(all), err), closeAll(all))
		}
		all = append(all, c)
	}
	return all, nil
}

func closeAll(all []*evtchn.Channel) (err error) {
	for _, c := range all {
		err = errors.Join(err, c.Close())
	}
	return err
}

// ports has n ports bound and sends an event to each of them in turn: what it
// costs must not depend on how many there are.
func ports(bus evtchn.Bus, n int) error {
	all, err := bound(bus, n)
	if err != nil {
		return err
	}
	const rounds = 5_000
	begin := time.Now()
	for i := range rounds {
		c := all[i*7919%n]
		if err := errors.Join(c.Notify(), wait(c)); err != nil {
			return err
		}
	}
	fmt.Printf("ports=%d event_ns=%d\n", n, time.Since(begin).Nanoseconds()/rounds)
	return closeAll(all)
}

// burst has n ports bound and sends an event to each before it waits for any.
func burst(bus evtchn.Bus, n int) error {
	all, err := bound(bus, n)
	if err != nil {
		return err
	}
	for range 3 {
		for _, c := range all {
			if err := c.Notify(); err != nil {
				return err
			}
		}
		for i, c := range all {
			if err := wait(c); err != nil {
				return fmt.Errorf("port %d, the %d. of %d: %w", c.Port(), i+1, n, err)
			}
		}
	}
	return closeAll(all)
}

// exhaust takes every port there is, at least n, and gives them back.
func exhaust(bus evtchn.Bus, n int) error {
	for range 2 {
		var all []*evtchn.Channel
		var last error
		for last == nil {
			var c *evtchn.Channel
			if c, last = bus.Unbound(abi.DOMID_SELF); last == nil {
				all = append(all, c)
			}
		}
		if len(all) < n || !errors.Is(last, syscall.ENOSPC) {
			return fmt.Errorf("after %d ports: %w", len(all), last)
		}
		fmt.Println(last)
		if err := closeAll(all); err != nil {
			return err
		}
	}
	return nil
}

// priority sets priorities, which two levels do not have; n is not used.
func priority(bus evtchn.Bus, n int) error {
	c, err := bus.IPI(0)
	if err != nil {
		return err
	}
	defer c.Close()
	for p := abi.EVTCHN_FIFO_PRIORITY_MAX; p <= abi.EVTCHN_FIFO_PRIORITY_MIN; p++ {
		err := c.SetPriority(p)
		if errors.Is(err, errors.ErrUnsupported) {
			fmt.Println("no priorities: two levels")
			return nil
		}
		if err := errors.Join(err, c.Notify(), wait(c)); err != nil {
			return err
		}
	}
	fmt.Println("priorities: fifo")
	if err := c.SetPriority(abi.EVTCHN_FIFO_PRIORITY_MIN + 1); !errors.Is(err, syscall.EINVAL) {
		return fmt.Errorf("a priority that there is not: %v", err)
	}
	return nil
}
