// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The cases of many ports. On goroutines.

package main

import (
	"errors"
	"fmt"
	"slices"
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

// every takes every port there is, and says why there are no more.
func every(take func() (*evtchn.Channel, error)) (all []*evtchn.Channel, why error) {
	for {
		c, err := take()
		if err != nil {
			return all, err
		}
		all = append(all, c)
	}
}

// exhaust takes every port there is, at least n, and gives them back.
func exhaust(bus evtchn.Bus, n int) error {
	for range 2 {
		all, why := every(func() (*evtchn.Channel, error) { return bus.Unbound(abi.DOMID_SELF) })
		if len(all) < n || !errors.Is(why, syscall.ENOSPC) {
			return fmt.Errorf("after %d ports: %w", len(all), why)
		}
		fmt.Println(why)
		if err := closeAll(all); err != nil {
			return err
		}
	}
	return nil
}

// highest takes every port there is, of which n is the highest, has an event wait at
// each of them at once, and waits for all. Now and then it tries the one that it has just
// taken, and says so: with many thousands it takes Xen long to find a free one.
func highest(bus evtchn.Bus, n int) error {
	all, why := every(func() (*evtchn.Channel, error) {
		c, err := bus.IPI(0)
		if err == nil && c.Port()%16384 == 0 {
			err = errors.Join(c.Notify(), wait(c))
			fmt.Println("an event at port", c.Port())
		}
		return c, err
	})
	if !errors.Is(why, syscall.ENOSPC) || len(all) == 0 {
		return fmt.Errorf("after %d ports: %w", len(all), why)
	}
	fmt.Println(why)
	if last := all[len(all)-1].Port(); int(last) != n {
		return fmt.Errorf("the highest of %d ports is %d, not %d", len(all), last, n)
	}
	for _, c := range all {
		if err := c.Notify(); err != nil {
			return err
		}
	}
	for _, c := range slices.Backward(all) {
		if err := wait(c); err != nil {
			return fmt.Errorf("port %d: %w", c.Port(), err)
		}
	}
	fmt.Printf("%d ports bound, each had its event\n", len(all))
	return closeAll(all)
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
