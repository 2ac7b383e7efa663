// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The stream of bytes over a xenstore ring. One goroutine reads and one writes.

package local

import (
	"errors"
	"io/fs"
	"runtime"
	"sync/atomic"

	"github.com/domlet/domlet/xen/bytering"
	"github.com/domlet/domlet/xen/evtchn"
)

// ringConn is a stream to xenstored.
type ringConn struct {
	ring   *bytering.Messages
	chn    *evtchn.Channel
	bell   *evtchn.Bell
	closed atomic.Bool
}

func newRing(ring *bytering.Messages, chn *evtchn.Channel) *ringConn {
	return &ringConn{ring: ring, chn: chn, bell: evtchn.NewBell(chn)}
}

var errBroken = errors.New("xenstore: xenstored broke the indices of the ring")

// Read waits until something has come.
func (c *ringConn) Read(p []byte) (int, error) {
	for {
		_, whole := c.ring.Pending()
		seen, err := c.look(whole)
		if err != nil {
			return 0, err
		}
		if n := c.ring.Read(p); n > 0 || len(p) == 0 {
			// Xenstored may have found no room at any moment before this one: it is looked for
			// after our index is written, as xenstored looks at that after it has written its own.
			if left, _ := c.ring.Pending(); left+uint32(n) >= bytering.Xenstore.InSize {
				err = c.chn.Notify()
			}
			return n, err
		}
		if err := c.bell.Wait(seen); err != nil {
			return 0, err
		}
	}
}

// Write writes one whole message, and waits for room where it must. When the
// domain is ending it writes nothing, and the kernel writes the rest.
func (c *ringConn) Write(p []byte) (done int, err error) {
	if !c.ring.Begin(p) {
		return 0, fs.ErrClosed
	}
	done, err = c.put(p)
	c.ring.End()
	runtime.KeepAlive(p) // the kernel may read it until End
	return done, err
}

func (c *ringConn) put(p []byte) (done int, err error) {
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
			err = c.bell.Wait(seen)
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// look returns how often the bell has rung, or why the stream has ended: whole
// says whether the index of xenstored's that matters is in range.
func (c *ringConn) look(whole bool) (seen uint64, err error) {
	seen = c.bell.Rings()
	switch {
	case c.closed.Load():
		return 0, fs.ErrClosed
	case !whole:
		return 0, errBroken
	}
	return seen, nil
}

// Close ends Read and Write. The ring and its port stay the kernel's.
func (c *ringConn) Close() error {
	c.closed.Store(true)
	c.bell.Ring()
	return nil
}
