// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The agent: its control connection, and what the daemon says on it. Any goroutine.

package qrexec

import (
	"context"
	"net"
	"sync"

	"github.com/domlet/domlet/services/qrexec/crew"
	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/clock"
)

// Agent is a domain's part in qrexec: it serves calls of others and makes calls to others. The fields are set before Run and
// not changed; those that may be zero have a meaning for it.
type Agent struct {
	Transport Transport
	Daemon    abi.Domid_t          // the domain with the daemon or relay: 0 is dom0
	Handler   Handler              // nil serves nothing
	Go        func(func())         // starts a goroutine
	Clock     clock.Clock          // nil is the system's
	Logf      func(string, ...any) // nil logs nothing; lines without an end
	Version   uint32               // the newest version to speak; 0 is wire.Newest
	MaxServed int                  // how many calls are served at once; 0 is wire.MaxCalls

	mu      sync.Mutex
	current *session
	changed chan struct{}  // closed when current changes; nil if nobody waits
	calls   uint64         // how many requests there ever were
	owed    []wire.Message // ports to tell the next daemon of that became free while there was none
	serving int
	dropped []func() // what is still to be called for calls that are not served
	served  crew.Crew
}

// session is one control connection.
type session struct {
	conn    net.Conn
	control *wire.Control
	version uint32        // that both ends speak
	over    chan struct{} // closed at its end

	writing sync.Mutex
	mu      sync.Mutex
	waiting map[wire.Ident]*inquiry
}

// inquiry is a request, until its call is over.
type inquiry struct {
	answer   chan wire.Message // nil once there is one
	granted  context.Context
	withdraw context.CancelCauseFunc
}

// Run offers the daemon control connections, one after the other, and serves calls, until the context ends. It returns when
// all handlers have.
func (a *Agent) Run(ctx context.Context) error {
	ctx, end := context.WithCancelCause(ctx)
	defer a.Wait()
	defer end(ErrLost)
	return a.RunFor(ctx, ctx)
}

// Wait returns when all handlers have.
func (a *Agent) Wait() { a.served.Wait() }

// RunFor is Run with this daemon, until the context daemon ends. Calls that are served then go on until ctx ends; RunFor does not
// wait for them. It may be called again, one call after the other, with another Daemon.
func (a *Agent) RunFor(ctx, daemon context.Context) error {
	for {
		conn, err := a.Transport.Accept(daemon, a.Daemon, wire.ControlPort)
		if err != nil {
			return because(daemon, err)
		}
		err = a.attend(ctx, daemon, conn)
		if daemon.Err() != nil {
			return context.Cause(daemon)
		}
		a.logf("the daemon's connection is lost, waiting for another one: %v", err)
	}
}

// attend has one control connection from HELLO to its end, which comes with the context daemon at the latest.
func (a *Agent) attend(ctx, daemon context.Context, conn net.Conn) error {
	stop := crew.When(daemon, a.Go, func() { conn.Close() })
	defer stop()
	defer conn.Close()
	s := &session{conn: conn, control: wire.NewControl(wire.Agent, a.version()), over: make(chan struct{}),
		waiting: map[wire.Ident]*inquiry{}}
	if err := s.send(s.control.Hello()); err != nil {
		return err
	}
	if _, err := s.control.Read(conn); err != nil {
		return err
	}
	s.version = s.control.Version()
	if err := a.settle(s); err != nil {
		return err
	}
	defer close(s.over) // and with it the requests that were not answered
	defer a.lose()
	for {
		m, err := s.control.Read(conn)
		if err != nil {
			return err
		}
		a.obey(ctx, s, m)
	}
}

// obey does what the daemon says.
func (a *Agent) obey(ctx context.Context, s *session, m wire.Message) {
	switch m.Type {
	case wire.ServiceConnect, wire.ServiceRefused:
		if !s.answer(m) && m.Type == wire.ServiceConnect { // nobody waits for it any more
			a.start(func() { a.terminated(m) }) // the daemon may want to be read before it reads
		}
	case wire.ExecCmdline, wire.JustExec:
		a.Serve(ctx, m, func() { a.terminated(m) })
	}
}

// start runs f in a goroutine that Run waits for.
func (a *Agent) start(f func()) {
	a.served.Start(a.Go, f)
}

// lose makes the current session none.
func (a *Agent) lose() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.replace(nil)
}

// replace makes a session the current one, nil at its end, and wakes calls that wait for one. The caller holds mu.
func (a *Agent) replace(s *session) {
	a.current = s
	if a.changed != nil {
		close(a.changed)
		a.changed = nil
	}
}

// session waits for a control connection.
func (a *Agent) session(ctx context.Context) (*session, error) {
	for {
		s, changed := a.look()
		if s != nil {
			return s, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (a *Agent) look() (*session, chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.changed == nil {
		a.changed = make(chan struct{})
	}
	return a.current, a.changed
}

// terminated tells the daemon that a data connection is closed and its port free, or the next daemon where there is none.
func (a *Agent) terminated(m wire.Message) {
	m = wire.Message{Type: wire.ConnectionTerminated, Domain: m.Domain, Port: m.Port}
	for s := a.owe(&m, nil); s != nil && s.send(&m) != nil; {
		s = a.owe(&m, s)
	}
}

// owe returns the session with the daemon, but for one that was found lost. Where there is none, the next daemon is owed the
// message.
func (a *Agent) owe(m *wire.Message, lost *session) *session {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.current != nil && a.current != lost {
		return a.current
	}
	if len(a.owed) < wire.MaxCalls {
		a.owed = append(a.owed, *m)
	}
	return nil
}

// settle tells a new daemon of ports that became free while there was none, and makes its session the current one when it knows of
// all. One that knows nothing of them does not mind.
func (a *Agent) settle(s *session) error {
	for {
		m, ok := a.debt(s)
		if !ok {
			return nil
		}
		if err := s.send(&m); err != nil {
			a.owe(&m, s)
			return err
		}
	}
}

// debt takes a message that the next daemon is owed. False: there is none, and the session is the current one.
func (a *Agent) debt(s *session) (m wire.Message, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.owed) == 0 {
		a.replace(s)
		return m, false
	}
	m, a.owed = a.owed[0], a.owed[1:]
	return m, true
}

// send sends a message. Where that fails the connection is over, and whoever reads from it finds out.
func (s *session) send(m *wire.Message) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	_, err := s.conn.Write(m.Append(nil))
	if err != nil {
		s.conn.Close()
	}
	return err
}

// answer gives a message to whoever waits for it, if somebody does. A refusal that comes after a grant takes that back: nobody
// will come to the call. Qubes' daemon never sends one.
func (s *session) answer(m wire.Message) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.waiting[m.Ident]
	switch {
	case q == nil:
		return false
	case q.answer != nil:
		q.answer <- m
		q.answer = nil
	case m.Type == wire.ServiceRefused:
		q.withdraw(ErrLost)
	default:
		return false
	}
	if m.Type == wire.ServiceRefused {
		delete(s.waiting, m.Ident)
	}
	return true
}

// Status is what an agent can say of itself.
type Status struct {
	Connected bool   // to a daemon
	Version   uint32 // spoken with it
	Serving   int    // calls of others under way
	Calls     uint64 // requests made so far
}

// Status returns how the agent is doing.
func (a *Agent) Status() Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	st := Status{Serving: a.serving, Calls: a.calls}
	if a.current != nil {
		st.Connected, st.Version = true, a.current.version
	}
	return st
}

func (a *Agent) version() uint32 {
	if a.Version == 0 {
		return wire.Newest
	}
	return a.Version
}

func (a *Agent) clock() clock.Clock {
	if a.Clock == nil {
		return clock.System{}
	}
	return a.Clock
}

func (a *Agent) logf(format string, args ...any) {
	if a.Logf != nil {
		a.Logf(format, args...)
	}
}
