// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Rounds of packets to an end that sends them back, with the interface taken away
// in between.

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/domlet/domlet/net/netif"
	"github.com/domlet/domlet/net/netif/netiftest"
)

// each is how many packets of each size a round has.
const each = 200

// rounds has n rounds. The interface is taken away after each but the last.
func rounds(ctx context.Context, l *netif.Link, n int) error {
	for round := range n {
		if err := await(ctx, l, true); err != nil {
			return err
		}
		if err := bounce(l, round); err != nil {
			return err
		}
		if round == n-1 {
			break
		}
		if err := await(ctx, l, false); err != nil {
			return err
		}
	}
	if s := l.Stats(); s.Violations > 0 || s.Connections != uint64(n) {
		return fmt.Errorf("%+v", s)
	}
	return l.Close()
}

// bounce has one round and says what it cost.
func bounce(l *netif.Link, round int) error {
	before, start := l.Stats(), time.Now()
	if err := netiftest.Bounce(l, each, byte(round)); err != nil {
		return err
	}
	s := l.Stats()
	fmt.Printf("ok round %d: %d packets and %d bytes each way in %v, %d notifications, %d waits, dropped %v\n",
		round, s.Received-before.Received, s.ReceivedBytes-before.ReceivedBytes, time.Since(start).Round(time.Millisecond),
		s.Notifications-before.Notifications, s.Events-before.Events, s.Dropped)
	return nil
}
