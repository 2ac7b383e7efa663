// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How a backend takes up what a frontend offers. On the manager's goroutine.

package netif

import (
	"context"
	"errors"
	"fmt"

	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/ring"
)

// Frontends that are not spoken with.
var (
	errWantsFlip = errors.New("netif: the frontend has no request-rx-copy: it wants pages flipped, which is not done here")
	errNoNotify  = errors.New("netif: the frontend has no feature-rx-notify: nobody would tell when it has pages again")
)

// connect maps the frontend's rings and binds to its event channels.
func (b *backend) connect(ctx context.Context) error {
	for key, refusal := range map[string]error{"request-rx-copy": errWantsFlip, "feature-rx-notify": errNoNotify} {
		on, err := b.front.flag(ctx, key)
		if err == nil && !on {
			err = refusal
		}
		if err != nil {
			return err
		}
	}
	takes, err := b.front.features(ctx)
	if err != nil {
		return err
	}
	b.conn = &connection{takes: takes}
	n, err := b.front.number(ctx, queuesNode, 1, uint32(b.config.Queues))
	if err == nil && n == 0 {
		err = fmt.Errorf("netif: the frontend asks for no queues")
	}
	if err != nil {
		return err
	}
	for i := range int(n) {
		d := b.front
		if n > 1 {
			d = d.below(queueNode(i))
		}
		q, err := b.open(ctx, b.conn, d)
		if err != nil {
			return err
		}
		b.conn.queues = append(b.conn.queues, q)
	}
	return nil
}

// open takes up one queue.
func (b *backend) open(ctx context.Context, c *connection, d directory) (q queue, err error) {
	o, err := d.offer(ctx)
	if err != nil {
		return q, err
	}
	in, err := b.ring(c, o.txRing, txSlot)
	if err != nil {
		return q, err
	}
	out, err := b.ring(c, o.rxRing, rxSlot)
	if err != nil {
		return q, err
	}
	q.in = newBackReceiver(in, b.p.Grants, b.peer, &b.link.count)
	q.out = newSender(newBackSlots(out, b.p.Grants, b.peer, &b.link.count), c.takes, &b.link.count)
	if q.inPort, err = b.port(c, o.txPort); err != nil {
		return q, err
	}
	q.outPort = q.inPort
	if o.rxPort != o.txPort {
		q.outPort, err = b.port(c, o.rxPort)
	}
	return q, err
}

// port binds to an event channel of the frontend's.
func (b *backend) port(c *connection, at evtchn.Port) (*port, error) {
	e, err := b.p.Events.Interdomain(b.peer, at)
	return c.hear(b.p.Clock, e, err)
}

// ring maps a page and takes up the ring in it.
func (b *backend) ring(c *connection, ref grant.Ref, slot int) (*ring.Back, error) {
	m, err := b.p.Grants.Map(b.peer, []grant.Ref{ref}, false)
	if err != nil {
		return nil, err
	}
	c.keep(m)
	return ring.NewBack(m.Memory(), slot)
}

// offer reads what a frontend tells of a queue. Xen checks the numbers.
func (d directory) offer(ctx context.Context) (o offer, err error) {
	const most = 1<<32 - 1
	event, err := d.number(ctx, eventNode, 0, most)
	if err != nil {
		return o, err
	}
	for _, n := range []struct {
		key   string
		usual uint32
		to    *uint32
	}{
		{txRingNode, 0, (*uint32)(&o.txRing)}, {rxRingNode, 0, (*uint32)(&o.rxRing)},
		{txNode, event, (*uint32)(&o.txPort)}, {rxNode, event, (*uint32)(&o.rxPort)},
	} {
		*n.to, err = d.number(ctx, n.key, n.usual, most)
		if err == nil && *n.to == 0 {
			err = fmt.Errorf("netif: the frontend's %s/%s is missing", d.path, n.key)
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}
