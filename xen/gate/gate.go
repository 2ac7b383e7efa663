// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package gate is how something is closed under its users: it counts them, lets
// nobody in once it is shut, and says when the last has left. Event channels and
// shared memory are closed so. Any goroutine.
package gate

import (
	"math"
	"sync/atomic"
)

// Gate counts users until it is shut. New makes one.
type Gate struct {
	users atomic.Int64  // under way; shut is added by Shut
	empty chan struct{} // capacity 1: the last user after Shut has left
}

// shut is what Shut adds to the number of users.
const shut = math.MinInt64 / 2

// New returns a gate that is open.
func New() Gate { return Gate{empty: make(chan struct{}, 1)} }

// Enter counts a user, who must Leave. False: the gate is shut.
func (g *Gate) Enter() bool {
	if g.users.Add(1) > 0 {
		return true
	}
	g.Leave()
	return false
}

// Leave takes back one Enter that returned true.
func (g *Gate) Leave() {
	if g.users.Add(-1) == shut {
		g.tell()
	}
}

// tell says that nobody is inside a gate that is shut; who found it shut just
// now may say so again.
func (g *Gate) tell() {
	select {
	case g.empty <- struct{}{}:
	default:
	}
}

// Shut lets nobody in any more. Only the first call returns true.
func (g *Gate) Shut() bool {
	for {
		n := g.users.Load()
		if n < 0 {
			return false
		}
		if g.users.CompareAndSwap(n, n+shut) {
			if n == 0 {
				g.tell()
			}
			return true
		}
	}
}

// IsShut reports whether Shut was called.
func (g *Gate) IsShut() bool { return g.users.Load() < 0 }

// Empty has something once the gate is shut and nobody is inside.
func (g *Gate) Empty() <-chan struct{} { return g.empty }
