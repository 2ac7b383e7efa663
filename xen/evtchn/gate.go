// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The count of those who use a channel, by which Close waits for them. Any
// goroutine.

package evtchn

import (
	"math"
	"sync/atomic"
)

// gate counts users until it is shut.
type gate struct {
	count atomic.Int64  // users; less shutBit if the gate is shut
	empty chan struct{} // closed when it is shut and the last user has left
}

// shutBit makes the count negative: nobody enters any more.
const shutBit = math.MinInt64

// enter counts a user, unless the gate is shut.
func (g *gate) enter() bool {
	for {
		n := g.count.Load()
		if n < 0 {
			return false
		}
		if g.count.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// leave takes back one enter that returned true.
func (g *gate) leave() {
	if g.count.Add(-1) == shutBit {
		close(g.empty)
	}
}

// closing reports whether the gate is shut.
func (g *gate) closing() bool { return g.count.Load() < 0 }

// shut lets nobody in any more. Only the first call returns true.
func (g *gate) shut() bool {
	for {
		n := g.count.Load()
		if n < 0 {
			return false
		}
		if g.count.CompareAndSwap(n, n+shutBit) {
			if n == 0 {
				close(g.empty)
			}
			return true
		}
	}
}

// drained waits until everybody has left a gate that is shut.
func (g *gate) drained() { <-g.empty }
