// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Deadlines of reading and of writing, and the clock they go by. Any goroutine.

package vchan

import (
	"sync"
	"sync/atomic"
	"time"
)

// Clock is where time comes from. A Timer's Stop is time.Timer's.
type Clock interface {
	Now() time.Time
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a function that will be called unless it is stopped.
type Timer interface{ Stop() bool }

// systemClock is the system's.
type systemClock struct{}

func (systemClock) Now() time.Time                            { return time.Now() }
func (systemClock) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// deadline is a point in time that can be moved. Looking at it costs no clock: a timer sets passed.
type deadline struct {
	passed atomic.Bool
	mu     sync.Mutex
	timer  Timer
	moved  uint64 // how often it was set: a timer that could not be stopped belongs to an older count
}

// set moves the deadline to t, the zero time for never, and calls wake when it has passed.
func (d *deadline) set(c Clock, t time.Time, wake func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.moved++
	d.passed.Store(false)
	if t.IsZero() {
		return
	}
	left := t.Sub(c.Now())
	if left <= 0 {
		d.passed.Store(true)
		return
	}
	mine := d.moved
	d.timer = c.AfterFunc(left, func() {
		if d.expire(mine) {
			wake()
		}
	})
}

// expire lets the deadline pass if it is still the one that was set as number mine.
func (d *deadline) expire(mine uint64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.moved == mine {
		d.passed.Store(true)
	}
	return d.moved == mine
}
