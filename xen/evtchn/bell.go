// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How several goroutines wait at one channel. Any goroutine.

package evtchn

import (
	"sync"
	"time"
)

// Bell has any number of goroutines wait for the events of one channel: a reader
// and a writer of a ring, say. The first that waits does so at the channel, the
// others wait for it, so that no goroutine does nothing else.
type Bell struct {
	channel *Channel

	mu      sync.Mutex
	rung    sync.Cond
	rings   uint64
	leading bool // somebody waits at the channel
}

// NewBell returns a bell that rings at each event of a channel, at which nobody
// else waits from now on.
func NewBell(c *Channel) *Bell {
	b := &Bell{channel: c}
	b.rung.L = &b.mu
	return b
}

// Rings counts how often the bell rang. Who waits reads it first, looks then
// what there is to do, and waits for a larger number.
func (b *Bell) Rings() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rings
}

// Wait waits until the bell has rung more often than seen. An error is the
// channel's.
func (b *Bell) Wait(seen uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.rings == seen {
		if b.leading {
			b.rung.Wait()
		} else if err := b.lead(); err != nil {
			return err
		}
	}
	return nil
}

// lead waits at the channel, with mu held before and after.
func (b *Bell) lead() error {
	b.leading = true
	b.mu.Unlock()
	err := b.channel.WaitUntil(time.Time{})
	b.mu.Lock()
	b.leading = false
	b.rings++
	b.rung.Broadcast()
	return err
}

// Ring rings without an event: what waiters look at has changed otherwise.
func (b *Bell) Ring() {
	b.mu.Lock()
	b.rings++
	b.rung.Broadcast()
	leading := b.leading
	b.mu.Unlock()
	if leading {
		b.channel.Interrupt()
	}
}
