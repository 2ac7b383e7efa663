// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A call that this domain serves: from the daemon's word to the exit code. Each in a goroutine of its own.

package qrexec

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/domlet/domlet/services/qrexec/crew"
	"github.com/domlet/domlet/services/qrexec/wire"
)

// spare is how many calls more than are served at once are told so. Beyond that the daemon is told that they ended.
const spare = 64

// errBusy is the answer to a call beyond what is served at once.
var errBusy = errors.New("too many calls are being served; try again later")

// Goroutines is how many goroutines an agent whose MaxServed is served starts at most, all in all: what its Go must have room for.
// A call has one that serves it, one that waits for the context, one that reads, and the last of those that were there to meet the
// caller.
func Goroutines(served int) int { return 4*(served+spare) + 16 }

// Serve serves a call, of which the daemon said so in a message, in a goroutine of its own, and calls done when the connection is
// closed. [Agent.Run] does it for what its daemon says; a daemon does it for calls to itself.
func (a *Agent) Serve(ctx context.Context, m wire.Message, done func()) {
	n, limit := a.count(1), a.MaxServed
	if limit == 0 {
		limit = wire.MaxCalls
	}
	if n > limit+spare {
		a.count(-1)
		a.drop(done)
		return
	}
	a.start(func() {
		defer a.count(-1)
		defer done()
		if err := a.serve(ctx, m, n > limit); err != nil {
			a.logf("a call from domain %d, port %d: %v", m.Domain, m.Port, err)
		}
	})
}

// drop calls done for a call that is not served, in one goroutine for all of them: there may be any number.
func (a *Agent) drop(done func()) {
	a.mu.Lock()
	a.dropped = append(a.dropped, done)
	first := len(a.dropped) == 1
	a.mu.Unlock()
	if first {
		a.start(a.sweep)
	}
}

// sweep does what is left of the calls that were dropped.
func (a *Agent) sweep() {
	for left := true; left; {
		a.mu.Lock()
		done := a.dropped[0]
		a.mu.Unlock()
		a.logf("a call was dropped: %v", errBusy)
		done()
		a.mu.Lock()
		a.dropped = a.dropped[1:]
		left = len(a.dropped) > 0
		a.mu.Unlock()
	}
}

func (a *Agent) count(by int) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.serving += by
	return a.serving
}

// serve meets the caller and serves it.
func (a *Agent) serve(ctx context.Context, m wire.Message, busy bool) error {
	l, err := a.meet(ctx, m)
	if err != nil {
		return err
	}
	defer l.conn.Close()
	r, err := parseCommand(m.Command)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := crew.When(ctx, a.Go, func() { l.conn.Close() })
	defer stop()
	s := &service{agent: a, link: l, request: r}
	switch {
	case err != nil:
		return errors.Join(err, s.fail(m, err, wire.ExitRefused))
	case busy:
		return errors.Join(errBusy, s.fail(m, errBusy, wire.ExitProblem))
	}
	return s.serve(ctx, func() { cancel(ErrLost) }, m.Type == wire.JustExec)
}

// meet connects to the caller.
func (a *Agent) meet(ctx context.Context, m wire.Message) (*link, error) {
	ctx, done := within(ctx, a.clock(), meetingTime)
	defer done()
	conn, err := a.Transport.Dial(ctx, m.Domain, m.Port)
	if err != nil {
		return nil, because(ctx, err)
	}
	return greet(ctx, a.Go, conn, wire.Service, a.version())
}

// service is a call that is served.
type service struct {
	agent   *Agent
	link    *link
	request *Request
}

// fail ends a call that no handler gets to see.
func (s *service) fail(m wire.Message, why error, code int) error {
	if m.Type == wire.JustExec {
		return s.link.exit(code)
	}
	out, errs := s.outlet(wire.DataStdout), s.outlet(wire.DataStderr)
	fmt.Fprintln(errs, why)
	return s.finish(code, out, errs)
}

func (s *service) outlet(t wire.Type) *outlet { return &outlet{link: s.link, stream: t} }

// serve runs the handler, with a goroutine beside it that reads what the caller sends and notices when it goes.
func (s *service) serve(ctx context.Context, gone func(), blind bool) error {
	in := newInlet(s.link, s.agent.clock(), gone)
	out := s.streams(in, blind)
	read := make(chan error, 1)
	s.agent.Go(func() { read <- in.run() })
	code := s.handle(ctx)
	err := s.finish(code, out...)
	s.link.conn.Close()
	in.stop()
	return errors.Join(telling(<-read), telling(err))
}

// streams gives the request its streams and returns those to be closed. A call that is blind has none.
func (s *service) streams(in *inlet, blind bool) []*outlet {
	r := s.request
	r.Abort = func() { s.link.conn.Close() }
	if blind {
		r.Stdin, r.Stdout, r.Stderr = strings.NewReader(""), nowhere{}, nowhere{}
		return nil
	}
	out, errs := s.outlet(wire.DataStdout), s.outlet(wire.DataStderr)
	r.Stdin, r.Stdout, r.Stderr = in, out, errs
	return []*outlet{out, errs}
}

// nowhere is a stream that nobody reads.
type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) Close() error                { return nil }

// handle calls the handler. One that panics has failed, and the others go on.
func (s *service) handle(ctx context.Context) (code int) {
	defer func() {
		if p := recover(); p != nil {
			s.agent.logf("%s for %s: panic: %v\n%s", s.request.Service, s.request.Source, p, debug.Stack())
			code = wire.ExitProblem
		}
	}()
	if s.agent.Handler == nil {
		return wire.ExitNotFound
	}
	return s.agent.Handler.ServeCall(ctx, s.request)
}

// finish ends the streams and sends the exit code.
func (s *service) finish(code int, streams ...*outlet) error {
	for _, o := range streams {
		if err := o.Close(); err != nil {
			return err
		}
	}
	return s.link.exit(code)
}

// telling is an error that says more than that the caller left, which its service knows.
func telling(err error) error {
	var v *wire.Violation
	if errors.As(err, &v) {
		return err
	}
	return nil
}
