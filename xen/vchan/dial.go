// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The client: find an offer, bind, map. Any goroutine.

package vchan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/store"
)

// Dial connects to the server that listens in the domain server at path, which starts at the server's own unless it begins
// with a slash. It waits for an offer until the context ends or the domain does.
func Dial(ctx context.Context, p *platform.Platform, server abi.Domid_t, path string) (*Conn, error) {
	d := &dialer{p: p, server: server, path: at(server, path)}
	c, err := d.dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("vchan: dial %s of domain %d: %w", d.path, server, err)
	}
	return c, nil
}

// dialer is one attempt to connect.
type dialer struct {
	p      *platform.Platform
	server abi.Domid_t
	path   string // absolute
	last   error  // why the latest offer was none
}

// errAbsent says that the server's domain is not there, or not any more.
var errAbsent = errors.New("there is no such domain")

func (d *dialer) dial(ctx context.Context) (*Conn, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if err := d.attend(ctx, cancel); err != nil {
		return nil, err
	}
	for changed, err := range d.p.Store.WatchShared(ctx, everywhere, d.meetings()) {
		if err != nil {
			return nil, d.explain(ctx, err)
		}
		if !d.concerned(changed) {
			continue
		}
		if c, err := d.insist(ctx); c != nil || err != nil {
			return c, err
		}
	}
	return nil, d.explain(ctx, context.Cause(ctx))
}

// meetings is the node above the path, where others that dial the same domain have their paths too: all of them share one watch
// of the 128 that a domain may have.
func (d *dialer) meetings() string { return d.path[:strings.LastIndexByte(d.path, '/')] }

// everywhere is above all paths: a domain can wait for any number of others.
const everywhere = "/local/domain"

// concerned reports whether a change may be an offer for this dialer: at the node that is written last, or anywhere above.
func (d *dialer) concerned(changed string) bool { return strings.HasPrefix(d.path+portNode, changed) }

// retryAfter is how long a client leaves an offer alone that somebody else has.
const retryAfter = 100 * time.Millisecond

// insist tries to take the offer in xenstore as long as there is one. Whoever has it may let go of it again, and xenstore
// says nothing of that. No connection and no error: there is no offer.
func (d *dialer) insist(ctx context.Context) (*Conn, error) {
	for {
		c, err := d.connect(ctx)
		if err == nil {
			return c, nil
		}
		if ctx.Err() != nil { // the attempt ended with the wait, which knows why
			return nil, d.explain(ctx, err)
		}
		d.last = err
		switch {
		case unread(err):
			return nil, nil
		case !passing(err):
			return nil, err
		}
		if err := d.pause(ctx); err != nil {
			return nil, d.explain(ctx, err)
		}
	}
}

// unread reports whether the nodes of an offer are not there, or not yet this client's to read. Xen and Linux refuse things
// in the same words.
func unread(err error) bool {
	var refused *store.Error
	return errors.As(err, &refused) && (errors.Is(refused, fs.ErrNotExist) || errors.Is(refused, fs.ErrPermission))
}

// pause waits before the next attempt.
func (d *dialer) pause(ctx context.Context) error {
	over := make(chan struct{})
	timer := d.p.Clock.AfterFunc(retryAfter, func() { close(over) })
	defer timer.Stop()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// explain adds to the end of the wait what it was spent on.
func (d *dialer) explain(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if d.last != nil && !errors.Is(err, errAbsent) {
		err = fmt.Errorf("%w; the latest attempt: %w", err, d.last)
	}
	return err
}

// attend looks whether the server's domain exists, now and every so often until the context ends, and cancels when it does
// not. A domain other than dom0 is told of no other domain's end.
func (d *dialer) attend(ctx context.Context, cancel context.CancelCauseFunc) error {
	if err := ctx.Err(); err != nil {
		return err // Xen, which may be the only one to be asked, knows of no contexts
	}
	there, err := d.there(ctx)
	switch {
	case err != nil:
		return err
	case !there:
		cancel(errAbsent)
		return errAbsent
	}
	d.p.Clock.AfterFunc(patrolEvery, func() { d.attend(ctx, cancel) })
	return nil
}

// there reports whether the server's domain exists. Xenstored tells dom0 only, and not before it was introduced to the domain:
// until then the directory that the toolstack gives a domain first, and takes away last, shows that there is one to come.
func (d *dialer) there(ctx context.Context) (bool, error) {
	own, err := d.p.Store.LastDomid(ctx)
	if err != nil {
		return false, err
	}
	if own != 0 {
		return d.known()
	}
	there, err := d.p.Store.Introduced(ctx, d.server)
	if err != nil || there {
		return there, err
	}
	_, err = d.p.Store.Read(ctx, store.DomainPath(d.server))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return d.known()
}

// known reports whether Xen knows the server's domain. It is asked for a port that no domain gives away, and the refusal tells
// whether it is the port or the domain that is wanting.
func (d *dialer) known() (bool, error) {
	c, err := d.p.Events.Interdomain(d.server, 0)
	if err == nil {
		return true, c.Close()
	}
	return !errors.Is(err, syscall.ESRCH), nil
}

// What makes an offer none, for a while.
var (
	errChanged = errors.New("the server's offer changed meanwhile")
	errTaken   = errors.New("another client has the server's offer, or had it")
)

// passing reports whether the same attempt may succeed later: somebody else had the offer, or it was withdrawn under us.
func passing(err error) bool {
	var refused *grant.StatusError
	return errors.Is(err, errChanged) || errors.Is(err, errTaken) || errors.Is(err, syscall.EINVAL) ||
		errors.As(err, &refused) && !errors.Is(err, grant.ErrMaptrackFull)
}

// offer is what a server published.
type offer struct {
	port evtchn.Port
	ref  grantRef
}

// read returns the offer that stands now. The port is read first, as the server writes it last.
func (d *dialer) read(ctx context.Context) (o offer, err error) {
	texts, err := d.p.Store.ReadAll(ctx, d.path+portNode, d.path+refNode)
	if err != nil {
		return o, err
	}
	port, err := number(portNode, texts[0])
	if err != nil {
		return o, err
	}
	ref, err := number(refNode, texts[1])
	return offer{evtchn.Port(port), grantRef(ref)}, err
}

// connect takes the offer that stands now. Ports and grants are numbers that are used again: the port of one offer and the
// page of the one before would make a connection to nobody. So the offer is read once more when the port is ours and
// the server cannot make another offer with it.
func (d *dialer) connect(ctx context.Context) (*Conn, error) {
	own, err := d.p.Store.LastDomid(ctx)
	if err != nil {
		return nil, err
	}
	o, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	c, page, err := d.open(o)
	if again, changed := d.read(ctx); changed != nil {
		err = both(err, changed)
	} else if again != o {
		err = errChanged
	}
	switch {
	case c == nil:
		return nil, err
	case err != nil:
		return nil, both(err, c.abandon())
	}
	c.own, c.other = Addr{own, d.path}, Addr{d.server, d.path}
	return c, c.enter(page)
}

// enter makes the connection one: from here on the server sees a client. That Linux shows it the end of this process comes
// first: killed in between, the client would stay for ever in an offer that nobody else can have.
func (c *Conn) enter(page *grant.Mapping) error {
	err := page.Notify(stateAt+cliLive/8, uint32(c.event.Port()))
	c.nudge.Store(true)
	c.side.enter()
	if err = both(err, c.event.Notify()); err != nil {
		return both(err, c.Close())
	}
	return nil
}

// number is what a node says.
func number(node, text string) (uint32, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("the server's %s is %.20q, no number above 0", node[1:], text)
	}
	return uint32(n), nil
}

// open binds the port and maps the pages. A client that had the offer and left has given the port back, and the server may not
// yet know: its byte of life says so.
func (d *dialer) open(o offer) (c *Conn, page *grant.Mapping, err error) {
	var e estate
	defer func() { err = e.unless(err) }()
	event, err := d.p.Events.Interdomain(d.server, o.port)
	if err != nil {
		return nil, nil, err
	}
	e.add(event.Close)
	page, err = d.mapPages(&e, []grantRef{o.ref}, false)
	if err != nil {
		return nil, nil, err
	}
	m := page.Memory()
	if m.Load32(stateAt)>>cliLive&liveMask != awaited {
		return nil, nil, errTaken
	}
	sizes, err := claim(m.Load32(ordersAt)).check()
	if err != nil {
		return nil, nil, err
	}
	refs := grantList(m, sizes.left.pages()+sizes.right.pages())
	left, err := d.mapRing(&e, m, refs[:sizes.left.pages()], false)
	if err != nil {
		return nil, nil, err
	}
	right, err := d.mapRing(&e, m, refs[sizes.left.pages():], true)
	if err != nil {
		return nil, nil, err
	}
	return newConn(newClient(m, sizes, rings{left, right}), event, d.p.Clock, e.release), page, nil
}

// mapPages maps pages of the server's. Its references are what it says they are, or Xen refuses.
func (d *dialer) mapPages(e *estate, refs []grantRef, readOnly bool) (*grant.Mapping, error) {
	list := make([]grant.Ref, len(refs))
	for i, r := range refs {
		list[i] = grant.Ref(r)
	}
	m, err := d.p.Grants.Map(d.server, list, readOnly)
	if err == nil {
		e.add(m.Close)
	}
	return m, err
}

// mapRing maps the pages of a ring; one without pages is in the shared page.
func (d *dialer) mapRing(e *estate, page memory, refs []grantRef, readOnly bool) (memory, error) {
	if len(refs) == 0 {
		return page, nil
	}
	m, err := d.mapPages(e, refs, readOnly)
	if err != nil {
		return nil, err
	}
	return m.Memory(), nil
}
