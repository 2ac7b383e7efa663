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
	if answer.Target == a.peer.ID {
		return fmt.Errorf("%w: a domain cannot call itself", ErrRefused)
	}
	port, err := a.ports.take(answer.Target)
	if err != nil {
		return err
	}
	if err := a.relay.exec(ctx, answer.Target, a.peer.ID, port, q.command(answer)); err != nil {
		a.ports.free(port, answer.Target)
		return err
	}
	meet := wire.Message{Type: wire.ServiceConnect, Domain: answer.Target, Port: port, Ident: q.m.Ident}
	if err := a.answer(q.on, &meet); err != nil { // nobody will listen there; the service gives up after a while
		a.ports.free(port, answer.Target)
	}
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
