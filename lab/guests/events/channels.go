// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The cases of the channels: ends of waits, masks, closing, moving. On goroutines.

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/domlet/domlet/rt"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/evtchn"
)

// connected connects the domain to itself.
func connected(bus evtchn.Bus) (a, b *evtchn.Channel, err error) {
	a, err = bus.Unbound(abi.DOMID_SELF)
	if err != nil {
		return nil, nil, err
	}
	b, err = bus.Interdomain(abi.DOMID_SELF, a.Port())
	if err != nil {
		return nil, nil, errors.Join(err, a.Close())
	}
	return a, b, wait(b)
}

// cancel has contexts and deadlines end waits at the moment in which an event
// comes: whichever wins, the event is there for this wait or the next.
func cancel(bus evtchn.Bus, n int) error {
	a, b, err := connected(bus)
	if err != nil {
		return err
	}
	defer a.Close()
	defer b.Close()
	ended := 0
	for i := range n {
		late := time.Duration(rand.IntN(100)) * time.Microsecond
		time.AfterFunc(time.Duration(rand.IntN(100))*time.Microsecond, func() { a.Notify() })
		if i%2 == 0 {
			err = b.WaitUntil(time.Now().Add(late))
		} else {
			ctx, stop := context.WithTimeout(context.Background(), late)
			err = b.Wait(ctx)
			stop()
		}
		if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
			ended++
			err = wait(b)
		}
		if err != nil {
			return fmt.Errorf("round %d: %w", i, err)
		}
		b.WaitUntil(time.Now().Add(time.Microsecond)) // a nil too many is allowed; take it
	}
	fmt.Printf("ended=%d of %d\n", ended, n)
	return nil
}

// masked has a masked port notified n times: nobody hears of it, the kernel
// neither, and then once.
func masked(bus evtchn.Bus, n int) error {
	a, b, err := connected(bus)
	if err != nil {
		return err
	}
	defer a.Close()
	defer b.Close()
	if err := b.Mask(); err != nil {
		return err
	}
	before := rt.ReadStats().Events
	for range n {
		if err := a.Notify(); err != nil {
			return err
		}
	}
	if got := rt.ReadStats().Events - before; got > uint64(n/2) {
		return fmt.Errorf("%d events were served though the port is masked", got)
	}
	if err := b.WaitUntil(time.Now().Add(time.Millisecond)); !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("the wait at a masked port ended with %v", err)
	}
	return errors.Join(b.Unmask(), wait(b))
}

// closing closes channels under goroutines that use them, and binds the numbers
// anew.
func closing(bus evtchn.Bus, n int) error {
	for range n {
		a, b, err := connected(bus)
		if err != nil {
			return err
		}
		var users sync.WaitGroup
		for _, use := range []func() error{
			a.Notify, b.Mask, b.Unmask,
			func() error { return b.WaitUntil(time.Time{}) },
			func() error { _, err := b.Status(); return err },
			func() error { b.Interrupt(); return b.BindVCPU(rand.IntN(runtime.NumCPU())) },
		} {
			users.Go(func() {
				for use() == nil {
				}
			})
		}
		time.Sleep(time.Duration(rand.IntN(200)) * time.Microsecond)
		if err := errors.Join(b.Close(), a.Close()); err != nil {
			return err
		}
		users.Wait()
	}
	return nil
}

// moving has a channel's events served by every vCPU in turn while they come.
func moving(bus evtchn.Bus, n int) error {
	a, b, err := connected(bus)
	if err != nil {
		return err
	}
	defer a.Close()
	defer b.Close()
	for i := range n {
		vcpu := i % runtime.NumCPU()
		notified := make(chan error)
		go func() { notified <- a.Notify() }()
		if err := errors.Join(b.BindVCPU(vcpu), <-notified, wait(b)); err != nil {
			return err
		}
		if s, err := b.Status(); err != nil || s.VCPU != vcpu {
			return fmt.Errorf("after a move to vCPU %d the status is %+v, %v", vcpu, s, err)
		}
	}
	if err := b.BindVCPU(runtime.NumCPU()); err == nil {
		return errors.New("a move to a vCPU that is not there succeeded")
	}
	return nil
}

// vcpus has every vCPU receive events of its own.
func vcpus(bus evtchn.Bus, n int) error {
	for i := range n * runtime.NumCPU() {
		c, err := bus.IPI(i % runtime.NumCPU())
		if err != nil {
			return err
		}
		if err := errors.Join(c.Notify(), wait(c), c.Close()); err != nil {
			return err
		}
	}
	return nil
}
