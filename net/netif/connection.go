// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What one connection of a link consists of, and how it is given back. On the
// manager's goroutine.

package netif

import (
	"errors"
	"io"

	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/evtchn"
)

// connection is the rings between two ends, from the time at which both are there
// until one goes.
type connection struct {
	queues []queue
	takes  Features // the other end
	things []io.Closer
}

// queue is a pair of rings. With one event channel for both, the ports are the
// same.
type queue struct {
	in, out         half
	inPort, outPort *port
}

// keep notes something to be given back.
func (c *connection) keep(t io.Closer) { c.things = append(c.things, t) }

// release gives everything back, what came last first.
func (c *connection) release() error {
	var all []error
	for i := len(c.things) - 1; i >= 0; i-- {
		all = append(all, c.things[i].Close())
	}
	c.things = nil
	return errors.Join(all...)
}

// hear keeps an event channel and makes its port.
func (c *connection) hear(k clock.Clock, e *evtchn.Channel, err error) (*port, error) {
	if err != nil {
		return nil, err
	}
	c.keep(e)
	return newPort(e, k), nil
}
