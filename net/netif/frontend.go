// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The frontend's side of the negotiation (io/netif.h, io/xenbus.h). On the
// manager's goroutine, but for OpenFront.

package netif

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/platform"
)

// frontend is this domain's end of a device that a backend serves.
type frontend struct {
	bus
	back   directory // the backend's nodes
	peer   abi.Domid_t
	seen   uint32 // the backend's state at the last look
	on     bool   // the connection is in use
	barred bool   // this backend gets no other connection until it begins anew
	failed bool   // the last attempt at one failed, not long ago
	again  atomic.Bool
}

// retryAfter is how long a failed attempt is not repeated. Two ends that cannot
// agree, or a domain without memory, would try for ever and do nothing else.
const retryAfter = 3 * time.Second

// OpenFront takes network interface number device of this domain, the first of
// which is 0. It returns before the interface is connected: see [Link.Changes].
// Where the domain has no such interface, the error is fs.ErrNotExist, or there is none:
// see [Config]. The context is for OpenFront alone.
func OpenFront(ctx context.Context, p *platform.Platform, device int, c Config) (*Link, error) {
	f := &frontend{bus: bus{p: p, config: c.settled()}}
	f.home = directory{p.Store.Nodes, "device/vif/" + strconv.Itoa(device)}
	back, err := f.home.text(ctx, "backend")
	if err != nil {
		return nil, fmt.Errorf("netif: interface %d: %w", device, err)
	}
	if back == "" && !f.config.Later {
		return nil, fmt.Errorf("netif: this domain has no interface %d: give it one with vif= in its configuration or xl network-attach: %w", device, fs.ErrNotExist)
	}
	f.link = newLink(f.config)
	f.link.start(f, &f.bus)
	return f.link, nil
}

func (f *frontend) look(ctx context.Context, broken error) error {
	if broken != nil {
		f.hangUp(broken)
		f.barred = true
	}
	if f.again.Swap(false) {
		f.failed = false
	}
	there, err := f.find(ctx)
	if err != nil || !there {
		return err
	}
	if err := f.heed(ctx); err != nil {
		return err
	}
	if err := f.describe(ctx); err != nil {
		return f.refuse(ctx, err)
	}
	state, err := f.back.state(ctx)
	if err != nil {
		return err
	}
	err = f.react(ctx, state)
	f.seen = state
	return err
}

// refuse ends the connection, or what might have become one, for now, and tells
// the backend. An error is xenstore's.
func (f *frontend) refuse(ctx context.Context, why error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f.hangUp(why)
	f.fail()
	return f.say(ctx, abi.XenbusStateClosed)
}

// fail has the next attempt wait.
func (f *frontend) fail() {
	if !f.failed {
		f.failed = true
		f.p.Clock.AfterFunc(retryAfter, func() {
			f.again.Store(true)
			f.link.wake()
		})
	}
}

// find finds the backend. False: there is no device. Another one than before
// begins from the start: the toolstack moves an interface so.
func (f *frontend) find(ctx context.Context) (bool, error) {
	path, err := f.home.text(ctx, "backend")
	if err != nil {
		return false, err
	}
	id, err := f.home.number(ctx, "backend-id", 0, abi.DOMID_FIRST_RESERVED-1)
	if err != nil {
		return false, f.refuse(ctx, err)
	}
	if path == f.back.path && abi.Domid_t(id) == f.peer {
		return path != "", nil
	}
	f.hangUp(gone(path))
	f.seen, f.barred = abi.XenbusStateUnknown, false
	f.back, f.peer = directory{f.home.nodes, path}, abi.Domid_t(id)
	f.attend(ctx, path)
	return path != "", nil
}

// hangUp ends the connection. One that never was used has failed.
func (f *frontend) hangUp(why error) {
	if f.conn != nil && !f.on {
		f.fail()
	}
	f.drop(why)
	f.on = false
}

// react does what the backend's state asks for.
func (f *frontend) react(ctx context.Context, state uint32) error {
	switch state {
	case abi.XenbusStateInitWait:
		return f.invited(ctx)
	case abi.XenbusStateConnected:
		return f.connected(ctx)
	case abi.XenbusStateClosing:
		f.hangUp(nil)
		return f.say(ctx, abi.XenbusStateClosed)
	case abi.XenbusStateClosed:
		return f.closed(ctx)
	}
	f.hangUp(nil) // a backend that is not there, or begins
	f.barred = false
	return f.say(ctx, abi.XenbusStateInitialising)
}

// invited: the backend waits for a frontend. One that did not wait at the last
// look has begun anew.
func (f *frontend) invited(ctx context.Context) error {
	if f.seen != abi.XenbusStateInitWait {
		f.hangUp(nil)
		f.barred = false
	}
	if f.conn != nil || f.barred || f.failed {
		return nil
	}
	if f.said == abi.XenbusStateConnected { // of an earlier connection: the backend waits for a change
		return f.say(ctx, abi.XenbusStateInitialising) // which is looked at again
	}
	if err := f.connect(ctx); err != nil {
		return f.refuse(ctx, err)
	}
	return f.say(ctx, abi.XenbusStateConnected)
}

// connected: the backend uses our rings, or those of another time.
func (f *frontend) connected(ctx context.Context) error {
	if f.conn == nil {
		return f.say(ctx, abi.XenbusStateClosed)
	}
	if !f.on {
		f.on = true
		f.link.attach(f.conn)
	}
	carrier, err := f.back.number(ctx, "carrier", 1, 1)
	if err != nil {
		return f.refuse(ctx, err)
	}
	f.link.change(func(i *Info) { i.Up = carrier == 1 })
	return nil
}

// closed: the backend has let go. If it is to stay, the next connection may come.
func (f *frontend) closed(ctx context.Context) error {
	f.hangUp(f.link.Info().Err)
	online, err := f.back.flag(ctx, "online")
	if err != nil {
		return f.refuse(ctx, err)
	}
	if f.barred || f.failed || !online {
		return f.say(ctx, abi.XenbusStateClosed)
	}
	return f.say(ctx, abi.XenbusStateInitialising)
}

// errNoCopy is of backends older than ten years.
var errNoCopy = errors.New("netif: the backend has no feature-rx-copy: it only flips pages, which is not spoken here")

// terms are what a backend lets a frontend have.
type terms struct {
	takes  Features
	queues int
	split  bool // an event channel for each direction
}

// terms reads them.
func (f *frontend) terms(ctx context.Context) (t terms, err error) {
	rxCopy, err := f.back.flag(ctx, "feature-rx-copy")
	if err == nil && !rxCopy {
		err = errNoCopy
	}
	if err != nil {
		return t, err
	}
	if t.takes, err = f.back.features(ctx); err != nil {
		return t, err
	}
	if t.split, err = f.back.flag(ctx, "feature-split-event-channels"); err != nil {
		return t, err
	}
	t.split = t.split && !f.config.OneEvent
	most, err := f.back.number(ctx, "multi-queue-max-queues", 1, 1<<16)
	t.queues = max(1, min(int(most), f.config.Queues))
	return t, err
}
