// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Making calls: the request to the daemon, its answer, and the meeting with the service. Any goroutine.

package qrexec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/domlet/domlet/services/qrexec/crew"
	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/clock"
)

// Call calls a service of a domain. An empty target leaves the choice to the policy, and so does @default; an empty argument
// is none. Call returns when the service is there; the context is for the whole call. The error is ErrRefused where the
// policy, or the user whom it asked, refused.
func (a *Agent) Call(ctx context.Context, target, service, argument string) (*Call, error) {
	if argument != "" {
		service += "+" + argument
	}
	g, err := a.Request(ctx, target, service)
	if err != nil {
		return nil, err
	}
	c, err := a.caller().Meet(ctx, g)
	if err != nil {
		g.Release()
		return nil, err
	}
	return c, nil
}

// Grant is a daemon's leave to make one call: somebody will come to a port. Whoever makes the call releases it at the end.
type Grant struct {
	Domain  abi.Domid_t
	Port    wire.Port
	Release func() // tells the daemon that the port is free
	// Revoked ends when the daemon knows that nobody will come any more. nil: it will not say so.
	Revoked context.Context
}

// Request asks the daemon for a service, with its argument, of a domain, and waits for the decision.
func (a *Agent) Request(ctx context.Context, target, service string) (*Grant, error) {
	s, err := a.session(ctx)
	if err != nil {
		return nil, err
	}
	m, err := wire.Request(s.version, a.ident(), target, service)
	if err != nil {
		return nil, fmt.Errorf("qrexec: %w", err)
	}
	q := s.expect(m.Ident)
	answer := q.answer
	if err := s.send(&m); err != nil {
		s.forget(m.Ident)
		return nil, ErrLost
	}
	select {
	case m = <-answer:
	case <-s.over:
		err = ErrLost
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		if s.giveUp(m.Ident) {
			return nil, err
		}
		m = <-answer // it came just now, and a port with it
	}
	if m.Type == wire.ServiceRefused {
		return nil, ErrRefused
	}
	release := func() {
		s.forget(m.Ident)
		a.terminated(m)
	}
	return &Grant{m.Domain, m.Port, release, q.granted}, nil
}

// IdentPrefix is what the numbers of requests begin with, by which a relay knows that their sender understands a refusal after a
// grant.
const IdentPrefix = "domlet-"

// ident makes a number for a request that no other one of this agent has.
func (a *Agent) ident() wire.Ident {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls++
	id, _ := wire.NewIdent(IdentPrefix + strconv.FormatUint(a.calls, 10)) // at most 27 characters
	return id
}

// expect prepares for the answer to a request.
func (s *session) expect(id wire.Ident) *inquiry {
	q := &inquiry{answer: make(chan wire.Message, 1)}
	q.granted, q.withdraw = context.WithCancelCause(context.Background())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting[id] = q
	return q
}

// giveUp gives a request up. It returns false if the answer has come.
func (s *session) giveUp(id wire.Ident) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.waiting[id]
	if q == nil || q.answer == nil {
		return false
	}
	delete(s.waiting, id)
	return true
}

// forget forgets a request whose call is over.
func (s *session) forget(id wire.Ident) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, id)
}

// Caller makes calls that somebody else was granted: for an agent in another process, or for a relay.
type Caller struct {
	Transport Transport
	Go        func(func()) // starts a goroutine
	Clock     clock.Clock
	Version   uint32 // the newest to speak
}

func (a *Agent) caller() *Caller { return &Caller{a.Transport, a.Go, a.clock(), a.version()} }

// Meet waits for the service that a grant is for, and returns the call to it, which the context is for. The grant is released
// when the call ends, unless Meet returns an error.
func (c *Caller) Meet(ctx context.Context, g *Grant) (*Call, error) {
	timed, done := within(ctx, c.Clock, meetingTime)
	defer done()
	if g.Revoked != nil {
		var cancel context.CancelCauseFunc
		timed, cancel = context.WithCancelCause(timed)
		defer crew.When(g.Revoked, c.Go, func() { cancel(context.Cause(g.Revoked)) })()
	}
	conn, err := c.Transport.Accept(timed, g.Domain, g.Port)
	if err != nil {
		return nil, because(timed, err)
	}
	l, err := greet(timed, c.Go, conn, wire.Client, c.Version)
	if err != nil {
		return nil, err
	}
	return newCall(ctx, c.Go, l, g.Release), nil
}

// Streams are what a call is fed with and where its output goes; each may be nil.
type Streams struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Do makes a call and moves its streams until it is over. It returns the exit code as Wait does. A Stdin that still waits for
// input when the service has ended keeps its goroutine until some comes.
func (a *Agent) Do(ctx context.Context, target, service, argument string, s Streams) (int, error) {
	c, err := a.Call(ctx, target, service, argument)
	if err != nil {
		return codeOf(err), err
	}
	return c.Move(s, a.Go)
}

// Move moves the streams of a call until it is over, with one goroutine besides that start starts.
func (c *Call) Move(s Streams, start func(func())) (int, error) {
	defer c.Close()
	c.Stderr = s.Stderr
	start(func() { c.input(s.Stdin) })
	if s.Stdout != nil {
		if err := c.output(s.Stdout); err != nil {
			return wire.ExitProblem, err
		}
	}
	return c.Wait()
}

// input copies standard input. One that cannot be read to its end must not look to the service as if it had been.
func (c *Call) input(r io.Reader) {
	var broken error
	if r != nil {
		if _, err := io.Copy(onlyWriter{c, &broken}, r); err != nil && broken == nil {
			c.giveUp(fmt.Errorf("qrexec: standard input: %w", err))
		}
	}
	c.CloseWrite()
}

// output copies standard output. The error is the writer's; the call's own Wait returns.
func (c *Call) output(w io.Writer) error {
	var broken error
	io.Copy(onlyWriter{w, &broken}, c)
	return broken
}

// codeOf is the exit code of a call that could not be made.
func codeOf(err error) int {
	if errors.Is(err, ErrRefused) {
		return wire.ExitRefused
	}
	return wire.ExitProblem
}
