// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The backend's side of the negotiation (io/netif.h, io/xenbus.h). On the
// manager's goroutine, but for OpenBack.

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
	"github.com/domlet/domlet/xen/store"
)

// backend is this domain's end of a device that it serves to a frontend.
type backend struct {
	bus
	front   directory // the frontend's nodes
	peer    abi.Domid_t
	invited bool // what this end takes is in xenstore
	ending  bool // the nodes are about to be removed
	over    atomic.Bool
}

// removeAfter is how long the nodes of a device that is to go stay, in their last
// state: libxl waits for that state first, and must see it. It gives up 10 s later.
const removeAfter = time.Second

// OpenBack serves the network interface number device of the domain front, which
// the toolstack made this domain the backend of. It returns before the interface
// is connected: see [Link.Changes]. Where there is no such interface, the error is
// fs.ErrNotExist. The context is for OpenBack alone.
func OpenBack(ctx context.Context, p *platform.Platform, front abi.Domid_t, device int, c Config) (*Link, error) {
	b := &backend{bus: bus{p: p, config: c.settled()}, peer: front}
	b.home = directory{p.Store.Nodes, fmt.Sprintf("backend/vif/%d/%d", front, device)}
	path, err := b.home.text(ctx, "frontend")
	if err != nil {
		return nil, fmt.Errorf("netif: interface %d of domain %d: %w", device, front, err)
	}
	if path == "" {
		return nil, fmt.Errorf("netif: domain %d has no interface %d that this domain serves: name it as backend= in vif= of that domain's configuration: %w", front, device, fs.ErrNotExist)
	}
	b.link = newLink(b.config)
	b.link.start(b, &b.bus)
	return b.link, nil
}

func (b *backend) look(ctx context.Context, broken error) error {
	there, err := b.find(ctx)
	if err != nil || !there {
		return err
	}
	if err := b.heed(ctx); err != nil {
		return err
	}
	if broken != nil {
		if err := b.refuse(ctx, broken); err != nil {
			return err
		}
	}
	if err := b.describe(ctx); err != nil {
		return b.refuse(ctx, err)
	}
	online, err := b.home.flag(ctx, "online")
	if err != nil {
		return b.refuse(ctx, err)
	}
	state, err := b.front.state(ctx)
	if err != nil {
		return err
	}
	if !online {
		return b.remove(ctx, state)
	}
	b.ending = false
	return b.react(ctx, state)
}

// find finds the frontend. False: there is no device.
func (b *backend) find(ctx context.Context) (bool, error) {
	path, err := b.home.text(ctx, "frontend")
	if err != nil || path == b.front.path {
		return path != "", err
	}
	b.drop(gone(path))
	b.invited, b.ending = false, false
	b.front = directory{b.home.nodes, path}
	b.attend(ctx, path)
	return path != "", nil
}

// refuse ends the connection for something the frontend did, and has it close.
func (b *backend) refuse(ctx context.Context, why error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.drop(why)
	return b.say(ctx, abi.XenbusStateClosing)
}

// react does what the frontend's state asks for.
func (b *backend) react(ctx context.Context, state uint32) error {
	switch state {
	case abi.XenbusStateInitialising:
		return b.invite(ctx)
	case abi.XenbusStateInitialised, abi.XenbusStateConnected:
		return b.accept(ctx)
	case abi.XenbusStateClosing:
		b.drop(nil)
		return b.say(ctx, abi.XenbusStateClosing)
	}
	b.drop(b.link.Info().Err) // a frontend that has closed, or is not there
	return b.say(ctx, abi.XenbusStateClosed)
}

// invite says what this end takes, and waits for the frontend.
func (b *backend) invite(ctx context.Context) error {
	b.drop(nil)
	if b.invited && b.said == abi.XenbusStateInitWait {
		return nil
	}
	nodes := append(b.config.Features.nodes(),
		node{"feature-rx-copy", "1"}, node{"feature-rx-flip", "0"},
		node{"feature-split-event-channels", digit(!b.config.OneEvent)},
		node{"multi-queue-max-queues", strconv.Itoa(b.config.Queues)},
		node{"hotplug-status", "connected"}) // no script will do more for this interface
	err := b.p.Store.Transaction(ctx, func(tx *store.Tx) error { return b.home.in(tx).writeAll(ctx, nodes) })
	if err != nil && !absent(err) {
		return err
	}
	b.invited = true
	return b.say(ctx, abi.XenbusStateInitWait)
}

// accept takes up what the frontend offers. One that is connected to somebody
// else, a backend of this domain before this one, must begin anew.
func (b *backend) accept(ctx context.Context) error {
	switch {
	case b.conn != nil:
		return nil
	case !b.invited || b.said != abi.XenbusStateInitWait:
		return b.say(ctx, abi.XenbusStateClosing)
	}
	if err := b.connect(ctx); err != nil {
		return b.refuse(ctx, err)
	}
	b.link.attach(b.conn)
	b.link.change(func(i *Info) { i.Up = true })
	return b.say(ctx, abi.XenbusStateConnected)
}

// remove ends the device: the toolstack asks for it, waits until this end is
// closed, and then for the nodes to be gone.
func (b *backend) remove(ctx context.Context, state uint32) error {
	b.drop(errNoDevice)
	if state != abi.XenbusStateClosed && state != abi.XenbusStateUnknown {
		return b.say(ctx, abi.XenbusStateClosing)
	}
	if err := b.say(ctx, abi.XenbusStateClosed); err != nil {
		return err
	}
	if !b.ending {
		b.ending = true
		b.over.Store(false)
		b.p.Clock.AfterFunc(removeAfter, func() {
			b.over.Store(true)
			b.link.wake()
		})
	}
	if !b.over.Load() {
		return nil
	}
	if err := b.home.nodes.Remove(ctx, b.home.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
