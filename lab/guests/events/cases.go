// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The cases of the poller: an event must reach the goroutine that waits for it,
// whenever it comes. On goroutines.

package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/domlet/domlet/xen/evtchn"
)

// patience is how long an event may take. Only a lost one takes as long.
const patience = time.Minute

func wait(c *evtchn.Channel) error { return c.WaitUntil(time.Now().Add(patience)) }

// storm sends each event while its receiver is about to wait.
func storm(bus evtchn.Bus, n int) error {
	c, err := bus.IPI(0)
	if err != nil {
		return err
	}
	defer c.Close()
	begin := time.Now()
	for range n {
		if err := c.Notify(); err != nil {
			return err
		}
		if err := wait(c); err != nil {
			return err
		}
	}
	fmt.Printf("event_ns=%d\n", time.Since(begin).Nanoseconds()/int64(n))
	return nil
}

// idle lets the vCPU go idle before each event.
func idle(bus evtchn.Bus, n int) error {
	c, err := bus.IPI(0)
	if err != nil {
		return err
	}
	defer c.Close()
	taken := make(chan struct{}, 1)
	go func() {
		for range n {
			time.Sleep(time.Duration(rand.IntN(100)) * time.Microsecond)
			c.Notify()
			<-taken
		}
	}()
	for range n {
		if err := wait(c); err != nil {
			return err
		}
		taken <- struct{}{}
	}
	return nil
}
