// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package local lets other processes of a Linux system make calls through its
// agent. Over a Unix socket they speak the protocol of control connections, each as
// an agent whose daemon is the system's agent: a request is passed on, the answer
// comes back, and the process then meets the service by itself. Any goroutine.
package local

import (
	"context"
	"net"
	"sync"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/crew"
	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/abi"
)

// Serve passes the requests of one process on to the agent until it closes the connection; all that it was granted and did not
// release is released then. start starts goroutines.
func Serve(ctx context.Context, a *qrexec.Agent, conn net.Conn, start func(func())) error {
	ctx, cancel := context.WithCancel(ctx)
	p := &process{agent: a, conn: conn, start: start, grants: map[place]*qrexec.Grant{}}
	stop := crew.When(ctx, start, func() { conn.Close() })
	defer stop()
	defer p.end()
	defer cancel()
	control := wire.NewControl(wire.Daemon, wire.Newest)
	if _, err := control.Read(conn); err != nil {
		return err
	}
	p.send(control.Hello())
	for {
		m, err := control.Read(conn)
		if err != nil {
			return err
		}
		p.take(ctx, m)
	}
}

// process is one that makes calls.
type process struct {
	agent *qrexec.Agent
	conn  net.Conn
	start func(func())
	work  crew.Crew

	writing sync.Mutex
	mu      sync.Mutex
	asking  int
	grants  map[place]*qrexec.Grant
}

// place is where a grant's call is.
type place struct {
	domain abi.Domid_t
	port   wire.Port
}

// take passes a request on, or releases a grant.
func (p *process) take(ctx context.Context, m wire.Message) {
	if m.Type == wire.ConnectionTerminated {
		p.release(place{m.Domain, m.Port})
		return
	}
	p.mu.Lock()
	p.asking++
	ok := p.asking <= wire.MaxCalls && m.Fault == nil
	p.mu.Unlock()
	p.work.Start(p.start, func() {
		if ok {
			p.ask(ctx, m)
		} else {
			p.send(&wire.Message{Type: wire.ServiceRefused, Ident: m.Ident})
		}
		p.mu.Lock()
		p.asking--
		p.mu.Unlock()
	})
}

// ask asks the agent and passes its answer back.
func (p *process) ask(ctx context.Context, m wire.Message) {
	g, err := p.agent.Request(ctx, m.Target, m.Service)
	if err != nil {
		p.send(&wire.Message{Type: wire.ServiceRefused, Ident: m.Ident})
		return
	}
	release := g.Release
	stop := crew.When(g.Revoked, p.start, func() { p.send(&wire.Message{Type: wire.ServiceRefused, Ident: m.Ident}) })
	g.Release = func() {
		stop()
		release()
	}
	p.mu.Lock()
	p.grants[place{g.Domain, g.Port}] = g
	p.mu.Unlock()
	p.send(&wire.Message{Type: wire.ServiceConnect, Domain: g.Domain, Port: g.Port, Ident: m.Ident})
}

func (p *process) release(at place) {
	p.mu.Lock()
	g := p.grants[at]
	delete(p.grants, at)
	p.mu.Unlock()
	if g != nil {
		g.Release()
	}
}

// end releases everything.
func (p *process) end() {
	p.conn.Close()
	p.work.Wait()
	for _, g := range p.grants {
		g.Release()
	}
}

// send sends a message. Where that fails, the process is gone, and Serve finds out.
func (p *process) send(m *wire.Message) {
	p.writing.Lock()
	defer p.writing.Unlock()
	if _, err := p.conn.Write(m.Append(nil)); err != nil {
		p.conn.Close()
	}
}

// Ask asks the agent at the other end of a connection for a service, with its argument, of a domain. The connection is the
// grant's from then on, and closed when that is released.
func Ask(ctx context.Context, conn net.Conn, start func(func()), target, service string) (*qrexec.Grant, error) {
	stop := crew.When(ctx, start, func() { conn.Close() })
	defer stop()
	control := wire.NewControl(wire.Agent, wire.Newest)
	m, err := ask(control, conn, target, service)
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case err == nil && m.Type != wire.ServiceConnect:
		err = qrexec.ErrRefused
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	revoked, revoke := context.WithCancelCause(context.Background())
	start(func() { // ends with the connection
		if m, err := control.Read(conn); err == nil && m.Type == wire.ServiceRefused {
			revoke(qrexec.ErrLost)
		}
	})
	return &qrexec.Grant{Domain: m.Domain, Port: m.Port, Release: func() { conn.Close() }, Revoked: revoked}, nil
}

// ask sends a request and reads the answer.
func ask(control *wire.Control, conn net.Conn, target, service string) (wire.Message, error) {
	if _, err := conn.Write(control.Hello().Append(nil)); err != nil {
		return wire.Message{}, err
	}
	if _, err := control.Read(conn); err != nil {
		return wire.Message{}, err
	}
	m, err := wire.Request(control.Version(), wire.Ident{'1'}, target, service)
	if err != nil {
		return m, err
	}
	if _, err := conn.Write(m.Append(nil)); err != nil {
		return m, err
	}
	return control.Read(conn)
}
