// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package crew is goroutines that somebody else starts and that are waited for:
// whoever serves says how they are started, and so which slice pays for them. Any
// goroutine.
package crew

import (
	"context"
	"sync"
	"sync/atomic"
)

// Crew is a number of goroutines.
type Crew struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed when n comes to 0; nil where nobody waits
}

// Start has start run f in a goroutine that Wait waits for.
func (c *Crew) Start(start func(func()), f func()) {
	c.mu.Lock()
	c.n++
	c.mu.Unlock()
	start(func() {
		defer c.leave()
		f()
	})
}

func (c *Crew) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n--; c.n == 0 && c.idle != nil {
		close(c.idle)
		c.idle = nil
	}
}

// Wait returns when no goroutine is left.
func (c *Crew) Wait() {
	c.mu.Lock()
	if c.n == 0 {
		c.mu.Unlock()
		return
	}
	if c.idle == nil {
		c.idle = make(chan struct{})
	}
	idle := c.idle
	c.mu.Unlock()
	<-idle
}

// When calls f when the context ends, in a goroutine that start starts, unless stop is called before. Stop may be called again,
// and does not wait for f.
func When(ctx context.Context, start func(func()), f func()) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	over := make(chan struct{})
	var decided atomic.Bool
	start(func() {
		select {
		case <-ctx.Done():
			if !decided.Swap(true) { // the context may have ended after stop
				f()
			}
		case <-over:
		}
	})
	return sync.OnceFunc(func() {
		decided.Store(true)
		close(over)
	})
}
