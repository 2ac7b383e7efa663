// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The case of virtual interrupts. On goroutines; also in dom0.

package main

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"time"

	"github.com/domlet/domlet/rt"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/evtchn"
)

// virq binds a virtual interrupt that nobody else has: VIRQ_DEBUG on each vCPU of a
// domain, which Xen sends at its debug key q; or VIRQ_TBUF in a process in dom0. Then
// it waits until every vCPU had n of them.
func virq(bus evtchn.Bus, n int) error {
	number, vcpus := uint32(abi.VIRQ_TBUF), 1
	if rt.InDomain {
		number, vcpus = abi.VIRQ_DEBUG, runtime.NumCPU()
	}
	var all []*evtchn.Channel
	var err error
	for v := 0; v < vcpus && err == nil; v++ {
		var c *evtchn.Channel
		if c, err = ownVIRQ(bus, number, v); c != nil {
			all = append(all, c)
		}
	}
	for i := 0; i < n && err == nil; i++ {
		fmt.Println("waiting for interrupt", i)
		err = interrupted(all)
	}
	return errors.Join(err, closeAll(all))
}

// ownVIRQ binds a virtual interrupt of a vCPU, which nobody can do a second time.
func ownVIRQ(bus evtchn.Bus, number uint32, vcpu int) (*evtchn.Channel, error) {
	c, err := bus.VIRQ(number, vcpu)
	if err != nil {
		return nil, err
	}
	if s, err := c.Status(); err != nil || s.Kind != evtchn.VIRQ || s.VIRQ != number || s.VCPU != vcpu {
		return c, fmt.Errorf("the status of interrupt %d of vCPU %d is %+v, %v", number, vcpu, s, err)
	}
	if again, err := bus.VIRQ(number, vcpu); !errors.Is(err, syscall.EEXIST) {
		return c, fmt.Errorf("bound a second time: %v, %v", again, err)
	}
	return c, nil
}

// interrupted waits for an interrupt at every channel. Somebody has to be told to
// cause it, which takes longer than an event.
func interrupted(all []*evtchn.Channel) error {
	for v, c := range all {
		if err := c.WaitUntil(time.Now().Add(time.Minute)); err != nil {
			return fmt.Errorf("vCPU %d: %w", v, err)
		}
	}
	return nil
}
