// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The service: a slice for each client that is attached, a listener in each slice. Any goroutine.

package clipboard

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/slice"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/pages"
	"github.com/domlet/domlet/xen/vchan"
)

// A client whose slice ended for a reason of its own may come back after a pause that doubles each time.
const (
	firstPause = time.Second
	lastPause  = 5 * time.Minute
)

// Budget is what a client of a clipboard needs: one content that it copies and one that it pastes, two connections and the offer
// of a third, and ten requests a second.
var Budget = slice.Budget{
	Bytes:       2*pages.For(MaxLimit)*pages.Size + 8*pages.Size,
	Connections: 2,
	Ports:       4,
	Goroutines:  4,
	Rate:        10,
	Burst:       50,
	Refusals:    100,
	Handler:     30 * time.Second,
	Grace:       10 * time.Second,
}

// rings make a connection cost one page.
var rings = vchan.Rings{Read: 1024, Write: 2048, Overwrite: true}

// Identify asks who a domain is, now; (*directory.Directory).Identify does.
type Identify func(ctx context.Context, id abi.Domid_t) (*directory.Client, error)

// errDetached is why a slice ends whose client went.
var errDetached = errors.New("the domain is not attached any more")

// Server gives clients the use of a clipboard.
type Server struct {
	c        *Clipboard
	set      *slice.Set
	clock    clock.Clock
	identify Identify

	mu    sync.Mutex // covers what follows
	seats map[abi.Domid_t]*seat
}

// seat is the place of a domain's number.
type seat struct {
	wanted *directory.Client // who is to be served; nil: nobody
	served *directory.Client // whose the slice is
	slice  *slice.Slice      // nil: none
	pause  time.Duration     // before the next one
	paused bool
}

// NewServer returns a server without clients.
func NewServer(c *Clipboard, set *slice.Set, clk clock.Clock, id Identify) *Server {
	return &Server{c: c, set: set, clock: clk, identify: id, seats: map[abi.Domid_t]*seat{}}
}

// Attach serves a client from now on, in the place of whoever had its number.
func (s *Server) Attach(c *directory.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.seats[c.ID]
	if at == nil {
		at = &seat{}
		s.seats[c.ID] = at
	}
	if !at.wanted.Is(c) {
		at.pause, at.paused = firstPause, false
	}
	at.wanted = c
	s.arrange(c.ID, at)
}

// Detach serves the domain of that number no longer.
func (s *Server) Detach(id abi.Domid_t) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.seats[id]; at != nil {
		at.wanted = nil
		s.arrange(id, at)
	}
}

// Serving lists the numbers of the domains that are served.
func (s *Server) Serving() []abi.Domid_t {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.seats))
}

// arrange makes a seat what is wanted. A slice of somebody else's ends first, and the next begins when nothing of it is left:
// both would listen at the same place. s.mu is held.
func (s *Server) arrange(id abi.Domid_t, at *seat) {
	switch {
	case at.slice != nil && !same(at.wanted, at.served):
		at.slice.End(errDetached)
	case at.slice != nil || at.paused:
	case at.wanted == nil:
		delete(s.seats, id)
	default:
		s.open(id, at)
	}
}

// same reports whether a slice of one client serves for the other. One that got another name is served anew; tags are looked up
// when they matter.
func same(a, b *directory.Client) bool { return a.Is(b) && a.Domain.Name == b.Domain.Name }

// open begins a slice. s.mu is held.
func (s *Server) open(id abi.Domid_t, at *seat) {
	c := at.wanted
	sl := s.set.Open(fmt.Sprintf("%d/%s", c.ID, c.Domain.Name), func(why error) { s.over(id, why) })
	at.slice, at.served = sl, c
	sl.Logf("is served")
	err := sl.Go("listen", func(ctx context.Context) { sl.End(s.listen(ctx, Client{c, sl})) })
	if err != nil {
		sl.End(err)
	}
}

// over is what happens when a slice is over, and nothing of it left.
func (s *Server) over(id abi.Domid_t, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.seats[id]
	mine := same(at.wanted, at.served)
	at.slice, at.served = nil, nil
	if mine { // it broke a rule, or something here broke
		at.paused = true
		wanted := at.wanted
		s.clock.AfterFunc(at.pause, func() { s.resume(id, wanted) })
		at.pause = min(2*at.pause, lastPause)
	}
	s.arrange(id, at)
}

// resume ends the pause of a client, unless somebody else has come in its place.
func (s *Server) resume(id abi.Domid_t, c *directory.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.seats[id]; at != nil && at.paused && (at.wanted == nil || at.wanted.Is(c)) {
		at.paused = false
		s.arrange(id, at)
	}
}

// listen accepts a client's connections until the slice ends, and returns why it must.
func (s *Server) listen(ctx context.Context, who Client) error {
	l, err := vchan.Listen(ctx, who.Slice.Platform(), who.ID, vchan.Path(who.ID, Port), rings)
	if err != nil {
		return err
	}
	defer l.Close()
	for {
		conn, err := l.AcceptContext(ctx)
		if err != nil {
			return err
		}
		if err := s.admit(ctx, who, conn); err != nil {
			return err
		}
	}
}

// admit serves a connection, if it is still this client whose number connects, and if it has no more than it may.
func (s *Server) admit(ctx context.Context, who Client, conn *vchan.Conn) error {
	c, err := who.Slice.Connect(conn)
	if err != nil {
		who.Slice.Message() // a client that goes on connecting is a flood
		return nil
	}
	if now, err := s.identify(ctx, who.ID); err != nil || !now.Is(who.Client) {
		return errors.Join(errDetached, err, c.Close())
	}
	if who.Slice.Message() != nil {
		return c.Close()
	}
	return who.Slice.Go("serve", func(context.Context) {
		if err := s.c.Serve(who, conn); err != nil {
			who.Slice.Logf("a connection ends: %v", err)
		}
		c.Close()
	})
}
