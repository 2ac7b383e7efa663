// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Deadlines of reading and of writing. Any goroutine.

package vchan

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/domlet/domlet/xen/clock"
)

// deadline is a point in time that can be moved. Looking at it costs no clock: a timer sets passed.
type deadline struct {
	passed atomic.Bool
	mu     sync.Mutex
	timer  clock.Timer
	moved  uint64 // how often it was set: a timer that could not be stopped belongs to an older count
}

// set moves the deadline to t, the zero time for never, and calls wake when it has passed.
func (d *deadline) set(c clock.Clock, t time.Time, wake func()) {
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
