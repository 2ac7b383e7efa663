// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How several goroutines wait at one channel. Any goroutine.

package evtchn

import (
	"sync"
	"sync/atomic"
	"time"
)

// Source is what a bell asks of an event channel; *Channel has it.
type Source interface {
	WaitUntil(deadline time.Time) error
	Interrupt()
}

// Bell has any number of goroutines wait for the events of one channel: a reader
// and a writer of a ring, say. The first that waits does so at the channel, the
// others wait for it, so that no goroutine does nothing else: a ring that nobody
// uses costs nothing, and one that a single goroutine uses has no switch between
// event and reader.
type Bell struct {
	// Attended, if not nil, runs whenever somebody begins to wait at the channel. It
	// must not call the bell.
	Attended func()

	channel Source
	rings   atomic.Uint64

	mu      sync.Mutex
	rung    sync.Cond
	leading bool // somebody waits at the channel
}

// NewBell returns a bell that rings at each event of a channel, at which nobody
// else waits from now on.
func NewBell(c Source) *Bell {
	b := &Bell{channel: c}
	b.rung.L = &b.mu
	return b
}

// Rings counts how often the bell rang. Who waits reads it first, looks then
// what there is to do, and waits for a larger number.
func (b *Bell) Rings() uint64 { return b.rings.Load() }

// Awaited reports whether somebody waits at the channel.
func (b *Bell) Awaited() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.leading
}

// Wait waits until the bell has rung more often than seen. An error is the
// channel's.
func (b *Bell) Wait(seen uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.Rings() == seen {
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
	if b.Attended != nil {
		b.Attended()
	}
	b.mu.Unlock()
	err := b.channel.WaitUntil(time.Time{})
	b.mu.Lock()
	b.leading = false
	b.ring()
	return err
}

// ring wakes who waits for another to wait at the channel. mu is held.
func (b *Bell) ring() {
	b.rings.Add(1)
	b.rung.Broadcast()
}

// Ring rings without an event: what waiters look at has changed otherwise.
func (b *Bell) Ring() {
	b.mu.Lock()
	b.ring()
	leading := b.leading
	b.mu.Unlock()
	if leading {
		b.channel.Interrupt()
	}
}
