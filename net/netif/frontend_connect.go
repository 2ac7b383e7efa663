// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a frontend grants, and tells the backend. On the manager's goroutine.

package netif

import (
	"context"
	"fmt"
	"strconv"

	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/ring"
	"github.com/domlet/domlet/xen/store"
)

// maxHeld is how many pages of past connections may still be in a backend's hands
// when it is given new ones: those of one queue, with its rings.
const maxHeld = 2*maxPages + 2

// connect makes rings and offers them.
func (f *frontend) connect(ctx context.Context) error {
	if held := f.p.Grants.Stats().Deferred; held > maxHeld {
		return fmt.Errorf("netif: %d pages of connections that are over are still mapped by others: no more are granted", held)
	}
	t, err := f.terms(ctx)
	if err != nil {
		return err
	}
	f.conn = &connection{takes: t.takes}
	var offers []offer
	for range t.queues {
		q, o, err := f.open(f.conn, t)
		if err != nil {
			return err
		}
		f.conn.queues = append(f.conn.queues, q)
		offers = append(offers, o)
	}
	return f.publish(ctx, offers)
}

// offer is what a backend is told of a queue.
type offer struct {
	txRing, rxRing grant.Ref
	txPort, rxPort evtchn.Port // the same where there is one channel
}

// open makes one queue.
func (f *frontend) open(c *connection, t terms) (q queue, o offer, err error) {
	if q.outPort, err = f.port(c); err != nil {
		return q, o, err
	}
	q.inPort = q.outPort
	if t.split {
		if q.inPort, err = f.port(c); err != nil {
			return q, o, err
		}
	}
	out, txRing, err := f.outward(c, t.takes)
	if err != nil {
		return q, o, err
	}
	in, rxRing, err := f.inward(c)
	q.in, q.out = in, out
	return q, offer{txRing, rxRing, q.outPort.channel.Port(), q.inPort.channel.Port()}, err
}

// port makes an event channel for the backend to bind to.
func (f *frontend) port(c *connection) (*port, error) {
	e, err := f.p.Events.Unbound(f.peer)
	return c.hear(f.p.Clock, e, err)
}

// outward makes the half that sends.
func (f *frontend) outward(c *connection, takes Features) (half, grant.Ref, error) {
	r, ref, err := f.ring(c, txSlot)
	if err != nil {
		return nil, 0, err
	}
	pages, err := f.grantPages(c, f.config.TransmitPages, true)
	if err != nil {
		return nil, 0, err
	}
	return newSender(newFrontSlots(r, pages, &f.link.count), takes, &f.link.count), ref, nil
}

// inward makes the half that receives.
func (f *frontend) inward(c *connection) (half, grant.Ref, error) {
	r, ref, err := f.ring(c, rxSlot)
	if err != nil {
		return nil, 0, err
	}
	pages, err := f.grantPages(c, f.config.ReceivePages, false)
	if err != nil {
		return nil, 0, err
	}
	h, err := newFrontReceiver(r, pages, &f.link.count)
	return h, ref, err
}

// ring grants a page and makes a ring in it.
func (f *frontend) ring(c *connection, slot int) (*ring.Front, grant.Ref, error) {
	pages, err := f.grantPages(c, 1, false)
	if err != nil {
		return nil, 0, err
	}
	r, err := ring.NewFront(pages[0].Memory(), slot)
	return r, pages[0].Refs()[0], err
}

// grantPages grants zeroed pages, each on its own: after a long life a domain may
// have no row of them.
func (f *frontend) grantPages(c *connection, n int, readOnly bool) ([]*grant.Shared, error) {
	pages := make([]*grant.Shared, 0, n)
	for range n {
		s, err := f.p.Grants.Share(f.peer, 1, readOnly)
		if err != nil {
			return nil, err
		}
		c.keep(s)
		pages = append(pages, s)
	}
	return pages, nil
}

// The nodes in which a frontend tells of a queue, and of how many there are.
const (
	txRingNode = "tx-ring-ref"
	rxRingNode = "rx-ring-ref"
	eventNode  = "event-channel"
	txNode     = "event-channel-tx"
	rxNode     = "event-channel-rx"
	queuesNode = "multi-queue-num-queues"
)

// queueNode is where a queue's nodes are when there are several.
func queueNode(i int) string { return "queue-" + strconv.Itoa(i) }

// publish tells the backend of the queues, in one step, and takes away what an
// earlier connection may have left.
func (f *frontend) publish(ctx context.Context, offers []offer) error {
	return f.p.Store.Transaction(ctx, func(tx *store.Tx) error {
		d := f.home.in(tx)
		if err := d.clean(ctx); err != nil {
			return err
		}
		fixed := append(f.config.Features.nodes(), node{"request-rx-copy", "1"}, node{"feature-rx-notify", "1"})
		if err := d.writeAll(ctx, fixed); err != nil {
			return err
		}
		if len(offers) == 1 {
			return d.writeAll(ctx, offers[0].nodes())
		}
		for i, o := range offers {
			if err := d.below(queueNode(i)).writeAll(ctx, o.nodes()); err != nil {
				return err
			}
		}
		return d.write(ctx, queuesNode, strconv.Itoa(len(offers)))
	})
}

// clean takes away the nodes of queues.
func (d directory) clean(ctx context.Context) error {
	names, err := d.nodes.List(ctx, d.path)
	if err != nil {
		return err
	}
	for _, name := range names {
		var i int
		n, _ := fmt.Sscanf(name, "queue-%d", &i)
		switch name {
		case txRingNode, rxRingNode, eventNode, txNode, rxNode, queuesNode:
			n = 1
		}
		if n == 0 {
			continue
		}
		if err := d.nodes.Remove(ctx, d.path+"/"+name); err != nil {
			return err
		}
	}
	return nil
}

// nodes are what the backend is told of a queue.
func (o offer) nodes() []node {
	list := []node{{txRingNode, decimal(o.txRing)}, {rxRingNode, decimal(o.rxRing)}}
	if o.txPort == o.rxPort {
		return append(list, node{eventNode, decimal(o.txPort)})
	}
	return append(list, node{txNode, decimal(o.txPort)}, node{rxNode, decimal(o.rxPort)})
}

func decimal[N ~uint32](n N) string { return strconv.FormatUint(uint64(n), 10) }
