// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A request of an agent: decided, then refused or made a call. Each in a goroutine of its own.

package relay

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/abi"
)

// request is a request for a call, and where it came from.
type request struct {
	from *agent
	on   net.Conn
	m    wire.Message
}

// refuse tells the caller that its call is refused, and the log why.
func (q *request) refuse(why error) {
	q.from.relay.logf("%s: %s of %q refused: %v", q.from.peer.Name, q.m.Service, q.m.Target, why)
	q.from.answer(q.on, &wire.Message{Type: wire.ServiceRefused, Ident: q.m.Ident})
}

// question is the request as it is decided upon.
func (q *request) question() Question {
	service, argument, _ := strings.Cut(q.m.Service, "+")
	return Question{Source: q.from.peer, For: q.m.Source, Target: q.m.Target, Service: service, Argument: argument}
}

// decide has the request decided upon and does what the decision says. When the context has ended, so has the connection, and
// what its end did to the decision is not the policy's word.
func (q *request) decide(ctx context.Context) {
	err := q.m.Fault
	if err == nil {
		err = q.call(ctx)
	}
	if err != nil && ctx.Err() == nil {
		q.refuse(err)
	}
}

func (q *request) call(ctx context.Context) error {
	answer, err := q.from.relay.Decide(ctx, q.question())
	if err != nil {
		return err
	}
	return q.connect(ctx, answer)
}

// connect lets the two ends meet: the service is told first, as the caller waits for it.
func (q *request) connect(ctx context.Context, answer Answer) error {
	a := q.from
	switch {
	case answer.Target == a.peer.ID:
		return fmt.Errorf("%w: a domain cannot call itself", ErrRefused)
	case answer.Target == a.relay.Self:
		return q.own(answer)
	}
	b, err := a.relay.served(answer.Target)
	if err != nil {
		return err
	}
	if answer.Mediate {
		return q.mediate(b, answer)
	}
	port, err := a.ports.take(answer.Target, q.m.Ident)
	if err != nil {
		return err
	}
	if _, err := b.exec(ctx, a.peer.ID, port, q.command(answer)); err != nil {
		a.ports.void(port, answer.Target)
		return err
	}
	q.meet(answer.Target, port)
	return nil
}

// meet has the caller listen at a port for whoever serves the call. Where it cannot be told, nobody will listen there, and who
// comes gives up after a while.
func (q *request) meet(with abi.Domid_t, port wire.Port) {
	a := q.from
	err := a.answer(q.on, &wire.Message{Type: wire.ServiceConnect, Domain: with, Port: port, Ident: q.m.Ident})
	if err != nil {
		a.ports.free(port, with)
	}
}

// own has the relay itself serve the call. All of it is paid for by the caller's means, as for a call that passes through.
func (q *request) own(answer Answer) error {
	a, r := q.from, q.from.relay
	if r.Handler == nil {
		return fmt.Errorf("%w: the relay serves nothing itself", ErrRefused)
	}
	if err := a.admit(); err != nil {
		return err
	}
	port, err := a.ports.take(r.Self, q.m.Ident)
	if err != nil {
		a.mediated.end()
		return err
	}
	server := &qrexec.Agent{Transport: a.by.Transport, Handler: r.Handler, Go: a.by.Go, Clock: r.clock(), Logf: r.Logf}
	m := wire.Message{Type: wire.ExecCmdline, Domain: a.peer.ID, Port: port, Command: q.command(answer)}
	q.meet(r.Self, port)
	server.Serve(a.life, m, func() {
		a.ports.left(port, r.Self)
		a.mediated.end()
	})
	return nil
}

// command is the command line for a call.
func (q *request) command(answer Answer) string {
	service, source := answer.Service, answer.Source
	if service == "" {
		k := q.question()
		service = k.Service + "+" + k.Argument
	}
	if source == "" {
		source = q.from.peer.Name
	}
	return qrexec.Command(answer.User, service, source)
}
