// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Calls whose two ends must not share memory: each has a connection with the relay, which passes on what comes. A goroutine for
// each direction.

package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/crew"
	"github.com/domlet/domlet/services/qrexec/wire"
)

// MaxMediated is how many calls of one domain pass through the relay at once, or are served by it.
const MaxMediated = 16

// admit counts a call of the agent's that is to pass through the relay, or to be served by it.
func (a *agent) admit() error {
	if !a.mediated.begin(MaxMediated) {
		return fmt.Errorf("%w: %d of its calls end or pass through here already", ErrRefused, MaxMediated)
	}
	return nil
}

// passing is how many bytes are on their way in the relay, for each direction of a call.
const passing = 4096

// mediate makes one call of two connections. All of it is paid for by the caller's means.
func (q *request) mediate(b *agent, answer Answer) error {
	a := q.from
	if err := a.admit(); err != nil {
		return err
	}
	m, err := q.middle(b)
	if err != nil {
		a.mediated.end()
		return err
	}
	a.work.Start(a.by.Go, func() {
		defer a.mediated.end()
		defer m.free()
		if err := m.run(q.command(answer)); err != nil {
			a.relay.logf("%s: %s of %q, through here: %v", a.peer.Name, q.m.Service, q.m.Target, err)
		}
	})
	return nil
}

// middle is the relay between the two ends of a call.
type middle struct {
	*request
	to      *agent // who serves it
	caller  wire.Port
	service wire.Port
}

// middle takes a port for each of the two connections.
func (q *request) middle(b *agent) (m *middle, err error) {
	m = &middle{request: q, to: b}
	a, self := q.from, q.from.relay.Self
	if m.caller, err = a.ports.take(self, q.m.Ident); err != nil {
		return nil, err
	}
	if m.service, err = b.inward.take(b.peer.ID, wire.Ident{}); err != nil {
		a.ports.void(m.caller, self)
		return nil, err
	}
	return m, nil
}

// free gives back what is the relay's: the caller gives its own port back.
func (m *middle) free() {
	m.from.ports.left(m.caller, m.from.relay.Self)
	m.to.inward.free(m.service, m.to.peer.ID)
}

// run connects the two and passes bytes on until either is gone.
func (m *middle) run(command string) error {
	a := m.from
	ctx, cancel := context.WithCancelCause(a.life)
	defer cancel(nil)
	late := a.relay.clock().AfterFunc(meetingTime, func() { cancel(errLate) })
	defer late.Stop()
	gone, err := m.to.exec(ctx, a.relay.Self, m.service, command)
	if err != nil {
		m.to.inward.left(m.service, m.to.peer.ID)
		a.ports.free(m.caller, a.relay.Self)
		m.refuse(err)
		return nil
	}
	m.meet(a.relay.Self, m.caller)
	defer crew.When(gone, a.by.Go, func() { cancel(qrexec.ErrLost) })()
	service, caller, err := m.connect(ctx)
	if err != nil {
		return because(ctx, err)
	}
	late.Stop()
	defer crew.When(a.life, a.by.Go, func() {
		caller.Close()
		service.Close()
	})()
	pass(caller, service, a.by.Go)
	return nil
}

// connect waits for who serves the call, and then goes to who made it, who is told where nobody comes.
func (m *middle) connect(ctx context.Context) (service, caller net.Conn, err error) {
	a := m.from
	service, err = a.by.Transport.Accept(ctx, m.to.peer.ID, m.service)
	if err != nil {
		a.revoke([]wire.Ident{m.m.Ident})
		return nil, nil, err
	}
	caller, err = a.by.Transport.Dial(ctx, a.peer.ID, m.caller)
	if err != nil {
		service.Close()
	}
	return service, caller, err
}

// because is the context's cause where that has ended, and err where it has not.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// pass passes bytes on in both directions until one end has closed its connection, and what it wrote before has been passed on.
// A service that takes no more may have left, and its last words are still to be read.
func pass(caller, service net.Conn, start func(func())) {
	over := make(chan struct{})
	start(func() {
		defer close(over)
		if passOn(service, caller) {
			service.Close()
		}
	})
	passOn(caller, service)
	caller.Close()
	<-over
	service.Close()
}

// passOn passes bytes on until there are no more. False: the other end takes no more.
func passOn(to io.Writer, from io.Reader) bool {
	w := onlyWriter{Writer: to}
	io.CopyBuffer(&w, onlyReader{from}, make([]byte, passing))
	return w.err == nil
}

// onlyReader has no other way to copy, which might want more memory.
type onlyReader struct{ io.Reader }

// onlyWriter has none either, and keeps its error.
type onlyWriter struct {
	io.Writer
	err error
}

func (w *onlyWriter) Write(p []byte) (n int, err error) {
	n, w.err = w.Writer.Write(p)
	return n, w.err
}

// errLate says that an end did not come.
var errLate = errors.New("an end did not come in time")
