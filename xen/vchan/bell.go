// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How several goroutines wait on the one event channel of a connection. Any goroutine.

package vchan

import (
	"sync"
	"sync/atomic"
	"time"
)

// port is what a bell asks of an event channel; *evtchn.Channel has it.
type port interface {
	WaitUntil(deadline time.Time) error
	Interrupt()
}

// bell wakes everybody who waits, at each event and whenever ring is called. An event channel lets one goroutine wait, so the
// first to come waits on the channel, and the others wait for it. There is no goroutine that does only this: a connection
// that nobody uses costs nothing, and one that a single goroutine uses has no switch between event and reader.
type bell struct {
	port   port
	patrol *patrol
	rings  atomic.Uint64 // how often it rang
	mu     sync.Mutex
	rang   sync.Cond
	led    bool // somebody waits on the channel
}

func newBell(p port) *bell {
	b := &bell{port: p}
	b.rang.L = &b.mu
	return b
}

// wait returns once the bell has rung more than seen times. What it rang for, the caller finds out. An error is the channel's.
func (b *bell) wait(seen uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.rings.Load() == seen {
		if b.led {
			b.rang.Wait()
			continue
		}
		if err := b.lead(); err != nil {
			return err
		}
	}
	return nil
}

// lead waits on the channel, with mu held before and after.
func (b *bell) lead() error {
	b.led = true
	b.patrol.start()
	b.mu.Unlock()
	err := b.port.WaitUntil(time.Time{})
	b.mu.Lock()
	b.led = false
	b.rings.Add(1)
	b.rang.Broadcast()
	return err
}

// ring wakes everybody without an event: something other than the ring buffers has changed.
func (b *bell) ring() {
	b.mu.Lock()
	b.rings.Add(1)
	b.rang.Broadcast()
	led := b.led
	b.mu.Unlock()
	if led {
		b.port.Interrupt()
	}
}

// awaited reports whether somebody waits.
func (b *bell) awaited() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.led
}

// patrolEvery is how often a waiting connection looks whether its partner still exists.
const patrolEvery = time.Second

// patrol looks after a partner while somebody waits for it. Xen raises no event for a domain that was destroyed.
type patrol struct {
	clock Clock
	round func() bool // looks; true ends the patrol
	bell  *bell
	going atomic.Bool
}

// start sends the patrol off unless it is on its way. The bell's lock is held and says that somebody waits.
func (p *patrol) start() {
	if !p.going.Swap(true) {
		p.clock.AfterFunc(patrolEvery, p.walk)
	}
}

// walk goes one round, and another one if somebody still waits. Whoever begins to wait after going was cleared starts the
// patrol himself; whoever began before that is seen here.
func (p *patrol) walk() {
	if p.round() {
		return
	}
	p.going.Store(false)
	if p.bell.awaited() {
		p.start()
	}
}
