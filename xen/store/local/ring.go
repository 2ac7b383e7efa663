// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The stream of bytes over a xenstore ring. One goroutine reads and one writes.

package local

import (
	"errors"
	"io/fs"
	"sync"
	"time"

	"github.com/domlet/domlet/xen/bytering"
)

// events is the ring's event channel: what of *evtchn.Channel is used.
type events interface {
	Notify() error
	WaitUntil(time.Time) error
	Interrupt()
}

// ringConn is a stream to xenstored.
type ringConn struct {
	ring *bytering.Messages
	chn  events

	mu      sync.Mutex
	woken   sync.Cond
	count   uint64 // of events seen
	waiting bool   // a goroutine waits for the next
	closed  bool
}

func newRing(ring *bytering.Messages, chn events) *ringConn {
	c := &ringConn{ring: ring, chn: chn}
	c.woken.L = &c.mu
	return c
}

var errBroken = errors.New("xenstore: xenstored broke the indices of the ring")

// Read waits until something has come.
func (c *ringConn) Read(p []byte) (int, error) {
	for {
		have, whole := c.ring.Pending()
		seen, err := c.look(whole)
		if err != nil {
			return 0, err
		}
		if n := c.ring.Read(p); n > 0 || len(p) == 0 {
			if have == bytering.Xenstore.InSize { // xenstored waits for room
				err = c.chn.Notify()
			}
			return n, err
		}
		if err := c.await(seen); err != nil {
			return 0, err
		}
	}
}

// Write writes one whole message, and waits for room where it must. When the
// domain is ending it writes nothing.
func (c *ringConn) Write(p []byte) (done int, err error) {
	if !c.ring.Begin() {
		return 0, fs.ErrClosed
	}
	for done < len(p) {
		_, whole := c.ring.Unsent()
		seen, err := c.look(whole)
		if err != nil {
			return done, err
		}
		n := c.ring.Write(p[done:])
		done += n
		if n > 0 {
			err = c.chn.Notify()
		} else {
			err = c.await(seen)
		}
		if err != nil {
			return done, err
		}
	}
	c.ring.End()
	return done, nil
}

// look returns how many events there have been, for await, or why the stream has
// ended: whole says whether the index of xenstored's that matters is in range.
func (c *ringConn) look(whole bool) (seen uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return 0, fs.ErrClosed
	case !whole:
		return 0, errBroken
	}
	return c.count, nil
}

// await waits until there were more events than seen. One goroutine waits at the
// channel, and tells the other.
func (c *ringConn) await(seen uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.count == seen && !c.closed {
		if c.waiting {
			c.woken.Wait()
			continue
		}
		c.waiting = true
		c.mu.Unlock()
		err := c.chn.WaitUntil(time.Time{})
		c.mu.Lock()
		c.waiting = false
		c.count++
		c.woken.Broadcast()
		if err != nil {
			return err
		}
	}
	return nil
}

// Close ends Read and Write. The ring and its port stay the kernel's.
func (c *ringConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.woken.Broadcast()
	c.chn.Interrupt()
	return nil
}
