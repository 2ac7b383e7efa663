// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How many messages a peer may send. Any goroutine.

package slice

import (
	"sync"
	"time"
)

// bucket has room for a burst of messages, and fills at a steady rate. It counts in time: a message costs what it takes to
// earn one.
type bucket struct {
	cost, most time.Duration

	mu     sync.Mutex
	credit time.Duration
	last   time.Time
}

// newBucket returns a full bucket for that many messages a second, and that many at once.
func newBucket(rate, burst int, now time.Time) *bucket {
	cost := time.Second / time.Duration(max(rate, 1))
	most := cost * time.Duration(max(burst, 1))
	return &bucket{cost: cost, most: most, credit: most, last: now}
}

// take reports whether one more message is within the rate, and counts it if so. A clock that steps back earns nothing.
func (b *bucket) take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.credit = min(b.credit+max(now.Sub(b.last), 0), b.most)
	b.last = now
	if b.credit < b.cost {
		return false
	}
	b.credit -= b.cost
	return true
}
