// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The relay: its agents, their requests, and what becomes of them. Any goroutine.

package relay

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/clock"
)

// Peer is a domain with an agent.
type Peer struct {
	ID   abi.Domid_t
	Name string // what policy and services know it by
}

// Means are what an agent's connections and goroutines are made of: its slice's, so that it pays for them.
type Means struct {
	Transport qrexec.Transport
	Go        func(func())
}

// Question is a request to be decided upon. Its names are clean: they have no character that names do not have.
type Question struct {
	Source  Peer
	For     string // whom the source, itself a relay, speaks for; empty for itself
	Target  string // as the caller named it; may be empty, or a word like @default
	Service string
	// Argument is what stands after the first plus sign; none and an empty one are the same.
	Argument string
}

// Answer is a decision that lets a call happen.
type Answer struct {
	Target  abi.Domid_t // who serves it
	User    string      // as whom
	Service string      // with its argument, if not the one that was asked for
	Source  string      // the name that the service is told, if not the source's
	Mediate bool        // the two ends must not share memory: their data pass through the relay
}

// ErrRefused is a decision, or its want, that refuses a call.
var ErrRefused = errors.New("refused")

// Relay connects agents with each other. The fields are set before the first use and not changed.
type Relay struct {
	Transport qrexec.Transport
	Self      abi.Domid_t          // this domain, for calls of its own
	Go        func(func())         // starts a goroutine
	Clock     clock.Clock          // nil is the system's
	Logf      func(string, ...any) // nil logs nothing
	Version   uint32               // the newest version to speak; 0 is wire.Newest

	// Decide decides upon a request. It may take its time: the context ends when the source's agent does. An error refuses;
	// it is logged, and not told.
	Decide func(ctx context.Context, q Question) (Answer, error)

	// Handler serves calls that Decide sends to Self; nil serves none.
	Handler qrexec.Handler

	mu     sync.Mutex
	agents map[abi.Domid_t]*agent
}

// Attend has the agent of a domain, through as many connections as it makes, until the context ends or the agent breaks the
// protocol; it is then not to be had again before somebody knows why. There is at most one Attend for a domain.
func (r *Relay) Attend(ctx context.Context, p Peer) error {
	return r.AttendBy(ctx, p, Means{r.Transport, r.Go})
}

// AttendBy is Attend with means of the agent's own.
func (r *Relay) AttendBy(ctx context.Context, p Peer, by Means) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(qrexec.ErrLost)
	a := &agent{relay: r, by: by, peer: p, life: ctx, ready: make(chan struct{}), gone: make(chan struct{})}
	if err := r.add(a); err != nil {
		return err
	}
	defer r.remove(a)
	defer a.work.Wait()
	defer end(qrexec.ErrLost)
	for {
		err := a.attend(ctx)
		r.lost(p.ID)
		var v *wire.Violation
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.As(err, &v), errors.Is(err, errDial):
			return fmt.Errorf("the agent of %s, domain %d: %w", p.Name, p.ID, err)
		}
		r.logf("the agent of %s, domain %d, is away: %v", p.Name, p.ID, err)
		r.rest(ctx)
	}
}

// restFor is how long the relay leaves an agent alone whose connection ended, lest one that comes and goes keeps it busy.
const restFor = 100 * time.Millisecond

func (r *Relay) rest(ctx context.Context) {
	over := make(chan struct{})
	t := r.clock().AfterFunc(restFor, func() { close(over) })
	defer t.Stop()
	select {
	case <-over:
	case <-ctx.Done():
	}
}

func (r *Relay) add(a *agent) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.agents == nil {
		r.agents = map[abi.Domid_t]*agent{}
	}
	if r.agents[a.peer.ID] != nil {
		return fmt.Errorf("domain %d is attended already", a.peer.ID)
	}
	r.agents[a.peer.ID] = a
	return nil
}

func (r *Relay) remove(a *agent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.agents, a.peer.ID)
	close(a.gone)
}

// Peers lists the domains that are attended, in no order.
func (r *Relay) Peers() []Peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	var peers []Peer
	for _, a := range r.agents {
		peers = append(peers, a.peer)
	}
	return peers
}

// agent finds the agent of a domain.
func (r *Relay) agent(id abi.Domid_t) *agent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.agents[id]
}

// Call makes a call of the relay's own: no policy decides, source is what the service is told.
func (r *Relay) Call(ctx context.Context, target abi.Domid_t, user, service, source string) (*qrexec.Call, error) {
	if err := errors.Join(wire.CheckService(service), wire.CheckDomain(source)); err != nil {
		return nil, err
	}
	a, err := r.served(target)
	if err != nil {
		return nil, err
	}
	port, err := a.inward.take(target, wire.Ident{})
	if err != nil {
		return nil, err
	}
	g := &qrexec.Grant{Domain: target, Port: port, Release: func() { a.inward.free(port, target) }}
	if g.Revoked, err = a.exec(ctx, r.Self, port, qrexec.Command(user, service, source)); err != nil {
		a.inward.void(port, target)
		return nil, err
	}
	c, err := (&qrexec.Caller{Transport: r.Transport, Go: r.Go, Clock: r.clock(), Version: r.version()}).Meet(ctx, g)
	if err != nil {
		g.Release()
	}
	return c, err
}

// served is the agent of a domain that is to serve a call.
func (r *Relay) served(target abi.Domid_t) (*agent, error) {
	if a := r.agent(target); a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("%w: domain %d has no agent here", ErrRefused, target)
}

// lost tells everybody whose calls a domain was to serve that its agent is away. A call that the two have met for goes on: its
// caller knows. One that still waits for the other end waits no longer.
func (r *Relay) lost(id abi.Domid_t) {
	r.mu.Lock()
	callers := slices.Collect(maps.Values(r.agents))
	r.mu.Unlock()
	for _, a := range callers {
		if idents := a.ports.callsTo(id); len(idents) > 0 {
			a.work.Start(a.by.Go, func() { a.revoke(idents) })
		}
	}
}

// terminated is an agent's word that it is done with a call at a port: with one that it served, or else with one that it made.
// Where it has one of each with the same domain at the same port, the first word is taken for the one that it served. So a port
// may count as taken a little longer, and is never free too early.
func (r *Relay) terminated(a *agent, with abi.Domid_t, port wire.Port) {
	caller := &a.inward
	if with != r.Self {
		caller = nil
		if b := r.agent(with); b != nil {
			caller = &b.ports
		}
	}
	if caller == nil || !caller.left(port, a.peer.ID) {
		a.ports.free(port, with)
	}
}

func (r *Relay) version() uint32 {
	if r.Version == 0 {
		return wire.Newest
	}
	return r.Version
}

func (r *Relay) clock() clock.Clock {
	if r.Clock == nil {
		return clock.System{}
	}
	return r.Clock
}

func (r *Relay) logf(format string, args ...any) {
	if r.Logf != nil {
		r.Logf(format, args...)
	}
}
