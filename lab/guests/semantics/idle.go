// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What an idle domain costs, by the kernel's own counters. In a domain only.

package main

import (
	"fmt"
	"time"

	"github.com/domlet/domlet/rt"
)

// idle sleeps for ARG seconds with nothing else to do and counts how often the
// vCPU was woken. The runtime's own housekeeping gets a second to settle first.
func idle(arg string) error {
	seconds, err := number(arg, 5)
	if err != nil {
		return err
	}
	time.Sleep(time.Second)
	before := rt.ReadStats()
	time.Sleep(time.Duration(seconds) * time.Second)
	after := rt.ReadStats()
	woken := after.Wakeups - before.Wakeups
	fmt.Printf("wakeups=%d idle_ms=%d\n", woken, (after.IdleTime-before.IdleTime)/1e6)
	if woken > uint64(2*seconds) {
		return fmt.Errorf("%d wake-ups in %d s, want at most 2 a second", woken, seconds)
	}
	return nil
}
