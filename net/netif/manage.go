// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The goroutine that brings a link up and down: it looks at xenstore whenever
// something in it may have changed, and does what follows. What it sees is where
// things stand, not how they came there, so nothing is lost when changes come
// together.

package netif

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/store"
)

// errNoDevice says that the toolstack has taken the device away.
var errNoDevice = errors.New("netif: the toolstack has taken the interface away")

// end is what the manager does at one end of the link.
type end interface {
	// look looks at xenstore and acts. broken is why the connection must end, if it
	// must. An error is the end of the link.
	look(ctx context.Context, broken error) error
	// leave tells the other end that this one goes.
	leave(ctx context.Context) error
}

// bus is what both ends know of their device.
type bus struct {
	link   *Link
	p      *platform.Platform
	config Config
	home   directory // this end's nodes
	conn   *connection
	said   uint32             // this end's state in xenstore, XenbusState
	unsee  context.CancelFunc // ends the watch of the other end
}

// start starts the manager.
func (l *Link) start(e end, b *bus) {
	ctx, cancel := context.WithCancel(context.Background())
	l.stop = cancel
	l.watch(ctx, b.p.Store, b.home.path)
	go l.manage(ctx, e, b)
}

func (l *Link) manage(ctx context.Context, e end, b *bus) {
	defer close(l.done)
	var err error
	for err == nil {
		select {
		case <-l.poke:
		case <-ctx.Done():
		}
		if err = ctx.Err(); err == nil {
			err = l.look(ctx, e)
		}
	}
	l.stop()
	l.end(err) // first: who is woken by what follows finds out why
	b.drop(nil)
	e.leave(context.WithoutCancel(ctx)) // who is told may be gone, too
	l.watches.Wait()
}

// look has the end look, unless what it sees by is gone.
func (l *Link) look(ctx context.Context, e end) error {
	l.mu.Lock()
	broken, blind := l.broken, l.blind
	l.broken = nil
	l.mu.Unlock()
	if broken != nil {
		l.count.violations.Add(1)
	}
	if blind != nil {
		return blind
	}
	return e.look(ctx, broken)
}

// watch wakes the manager whenever a node changes, or one below it.
func (l *Link) watch(ctx context.Context, s *store.Client, path string) {
	l.watches.Go(func() {
		for _, err := range s.Watch(ctx, path) {
			if err != nil && ctx.Err() == nil {
				l.mu.Lock()
				l.blind = err
				l.mu.Unlock()
			}
			l.wake()
		}
	})
}

// end is the end of the link.
func (l *Link) end(err error) {
	if errors.Is(err, context.Canceled) {
		err = net.ErrClosed
	} else {
		err = fmt.Errorf("netif: the link ended: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.info.Up, l.ended = false, err
	l.turnOver()
}

// gone is why there is no connection at a path.
func gone(path string) error {
	if path == "" {
		return errNoDevice
	}
	return nil
}

// attend watches another end than before, or none.
func (b *bus) attend(ctx context.Context, path string) {
	if b.unsee != nil {
		b.unsee()
		b.unsee = nil
	}
	if path != "" {
		ctx, b.unsee = context.WithCancel(ctx)
		b.link.watch(ctx, b.p.Store, path)
	}
}

// heed reads this end's state: the toolstack may write it, too.
func (b *bus) heed(ctx context.Context) (err error) {
	b.said, err = b.home.state(ctx)
	return err
}

// say writes this end's state. A device that is not there has none.
func (b *bus) say(ctx context.Context, state uint32) error {
	if b.said == state {
		return nil
	}
	err := b.home.write(ctx, "state", strconv.Itoa(int(state)))
	if absent(err) {
		return nil
	}
	if err == nil {
		b.said = state
	}
	return err
}

// drop ends the connection, if there is one.
func (b *bus) drop(why error) {
	if b.conn == nil {
		if why != nil {
			b.link.change(func(i *Info) { i.Err = why })
		}
		return
	}
	b.link.detach()
	b.conn.release() // what cannot be given back now is kept apart by those rooms
	b.conn = nil
	b.link.down(why)
}

// leave says that this end is closed.
func (b *bus) leave(ctx context.Context) error { return b.say(ctx, abi.XenbusStateClosed) }
