// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The server: pages and an event channel, offered in xenstore to one domain. Any goroutine.

package vchan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"sync"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/store"
)

// Rings says how many bytes the rings of a connection must hold at least, from 0 to MaxRing: data that the server reads, and
// data that it writes. Up to 1024 and 2048, or 2048 and 1024, they need no pages of their own.
type Rings struct {
	Read, Write int
	// Overwrite is for data that must not stay in memory. What the server has read becomes zeros at once; what it has
	// written, when Drain finds that the client has read it; and Close puts zeros over both rings, read or not.
	Overwrite bool
}

// Listener waits for connections of one domain at one path. It is a net.Listener. There is one offer at a time: a client that
// comes while another one is being accepted waits.
type Listener struct {
	p      *platform.Platform
	own    abi.Domid_t
	peer   abi.Domid_t
	path   string // absolute
	orders orders
	wipes  bool // Rings.Overwrite
	once   bool // there is one connection and no other

	accepting chan struct{} // full while somebody accepts
	mu        sync.Mutex    // covers what follows
	offer     *Conn         // made and published, nobody connected; nil between two connections
	closed    bool
}

// Listen offers connections to the domain peer: below path, which starts at this domain's own unless it begins with a slash,
// peer finds what it needs. The offer stands when Listen returns. The context is for Listen alone.
func Listen(ctx context.Context, p *platform.Platform, peer abi.Domid_t, path string, r Rings) (*Listener, error) {
	return listen(ctx, p, peer, path, r, false)
}

// AcceptOne offers one connection to the domain peer, as Listen does, and waits for it until the context ends. That the offer is
// withdrawn then, nobody waits for: who dials the same path at once may meet nobody, and tries again.
func AcceptOne(ctx context.Context, p *platform.Platform, peer abi.Domid_t, path string, r Rings) (*Conn, error) {
	l, err := listen(ctx, p, peer, path, r, true)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	return l.AcceptContext(ctx)
}

func listen(ctx context.Context, p *platform.Platform, peer abi.Domid_t, path string, r Rings, once bool) (*Listener, error) {
	o, err := ordersFor(r.Read, r.Write)
	if err != nil {
		return nil, err
	}
	own, err := p.Store.LastDomid(ctx)
	if err != nil {
		return nil, fmt.Errorf("vchan: listen: %w", err)
	}
	l := &Listener{p: p, own: own, peer: peer, path: at(own, path), orders: o, wipes: r.Overwrite, once: once, accepting: make(chan struct{}, 1)}
	if err := l.renew(ctx); err != nil {
		return nil, fmt.Errorf("vchan: listen at %s for domain %d: %w", l.path, peer, err)
	}
	return l, nil
}

// renew makes an offer if there is none.
func (l *Listener) renew(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return net.ErrClosed
	case l.offer != nil:
		return nil
	}
	c, refs, err := l.make()
	if err != nil {
		return err
	}
	if err := l.publish(ctx, refs, c); err != nil {
		return both(err, both(l.withdraw(context.WithoutCancel(ctx)), c.Close()))
	}
	l.offer = c
	return nil
}

// make takes an event channel and pages for one connection. It returns the reference of the shared page.
func (l *Listener) make() (c *Conn, ref grant.Ref, err error) {
	var e estate
	defer func() { err = e.unless(err) }()
	event, err := l.p.Events.Unbound(l.peer)
	if err != nil {
		return nil, 0, err
	}
	e.add(event.Close)
	page, refs, err := l.share(&e, 1, false)
	if err != nil {
		return nil, 0, err
	}
	left, leftRefs, err := l.shareRing(&e, page, l.orders.left, false)
	if err != nil {
		return nil, 0, err
	}
	right, rightRefs, err := l.shareRing(&e, page, l.orders.right, true)
	if err != nil {
		return nil, 0, err
	}
	m := page.Memory()
	format(m, l.orders, append(leftRefs, rightRefs...))
	if err = page.Notify(stateAt+srvLive/8, uint32(event.Port())); err != nil {
		return nil, 0, err
	}
	c = newConn(newServer(m, l.orders, rings{left, right}), event, l.p.Clock, e.release)
	c.own, c.other = Addr{l.own, l.path}, Addr{l.peer, l.path}
	if l.wipes {
		c.overwrite()
	}
	return c, grant.Ref(refs[0]), nil
}

// share grants pages.
func (l *Listener) share(e *estate, pages int, readOnly bool) (*grant.Shared, []uint32, error) {
	s, err := l.p.Grants.Share(l.peer, pages, readOnly)
	if err != nil {
		return nil, nil, err
	}
	e.add(s.Close)
	var refs []uint32
	for _, r := range s.Refs() {
		refs = append(refs, uint32(r))
	}
	return s, refs, nil
}

// shareRing grants the pages of a ring; one in the shared page needs none.
func (l *Listener) shareRing(e *estate, page *grant.Shared, o order, readOnly bool) (memory, []uint32, error) {
	if o.inPage() {
		return page.Memory(), nil, nil
	}
	s, refs, err := l.share(e, o.pages(), readOnly)
	if err != nil {
		return nil, nil, err
	}
	return s.Memory(), refs, nil
}

// publish tells the peer, and nobody else. No transaction is needed, and so none of the few that a domain may have: a client
// looks at the reference after it has seen the port.
func (l *Listener) publish(ctx context.Context, ref grant.Ref, c *Conn) error {
	readers := []store.Permission{{Domain: l.own, Access: store.NoAccess}, {Domain: l.peer, Access: store.ReadOnly}}
	number := func(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
	return l.p.Store.WriteAll(ctx,
		store.Node{Path: l.path + refNode, Value: number(uint32(ref)), Permissions: readers},
		store.Node{Path: l.path + portNode, Value: number(uint32(c.event.Port())), Permissions: readers})
}

// withdraw takes the nodes of an offer away. What was never published is no error.
func (l *Listener) withdraw(ctx context.Context) error {
	err := l.p.Store.Remove(ctx, l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Accept waits for a client and returns the connection to it, a *Conn.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.AcceptContext(context.Background())
	if err != nil {
		return nil, err
	}
	return c, nil
}

// AcceptContext waits for a client until the context ends. The offer stands on then; Close withdraws it.
func (l *Listener) AcceptContext(ctx context.Context) (*Conn, error) {
	c, err := l.accept(ctx)
	if err != nil {
		return nil, &net.OpError{Op: "accept", Net: "vchan", Addr: l.Addr(), Err: err}
	}
	return c, nil
}

func (l *Listener) accept(ctx context.Context) (*Conn, error) {
	select {
	case l.accepting <- struct{}{}:
		defer func() { <-l.accepting }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := l.renew(ctx); err != nil {
		return nil, err
	}
	if err := l.tidy(ctx); err != nil {
		return nil, err
	}
	c := l.current()
	for c != nil && c.side.partner() == awaited {
		if err := c.event.Wait(ctx); err != nil {
			return nil, closedError(err)
		}
	}
	if c = l.take(); c == nil {
		return nil, net.ErrClosed
	}
	forget := l.withdraw
	if l.once {
		forget = func(context.Context) error { return l.p.Store.RemoveLater(l.path) }
	}
	if err := forget(context.WithoutCancel(ctx)); err != nil {
		return nil, both(err, c.Close())
	}
	return c, nil
}

// current returns the offer, nil after Close.
func (l *Listener) current() *Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.offer
}

// take makes the offer somebody's connection.
func (l *Listener) take() *Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.offer
	l.offer = nil
	return c
}

// Close withdraws the offer and ends Accept. Connections that were accepted live on.
func (l *Listener) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	c := l.take()
	if c == nil {
		return nil
	}
	return both(l.withdraw(context.Background()), c.Close())
}

// Addr returns the address that clients dial.
func (l *Listener) Addr() net.Addr { return Addr{l.own, l.path} }
