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

// MaxMediated is how many calls of one domain pass through the relay at once.
const MaxMediated = 16

// passing is how many bytes are on their way in the relay, for each direction of a call.
const passing = 4096

// mediate makes one call of two connections. All of it is paid for by the caller's means.
func (q *request) mediate(b *agent, answer Answer) error {
	a, self := q.from, q.from.relay.Self
	if !a.beginMediated() {
		return fmt.Errorf("%w: %d of its calls pass through here already", ErrRefused, MaxMediated)
	}
	from, err := a.ports.take(self, q.m.Ident)
	if err == nil {
		var to wire.Port
		if to, err = b.inward.take(b.peer.ID, wire.Ident{}); err == nil {
			a.work.Start(a.by.Go, func() {
				defer a.endMediated()
				defer a.ports.left(from, self)
				defer b.inward.free(to, b.peer.ID)
				if err := q.through(b, from, to, q.command(answer)); err != nil {
					a.relay.logf("%s: %s of %q, through here: %v", a.peer.Name, q.m.Service, q.m.Target, err)
				}
			})
			return nil
		}
		a.ports.void(from, self)
	}
	a.endMediated()
	return err
}

// through connects the two and passes bytes on until either is gone.
func (q *request) through(b *agent, from, to wire.Port, command string) error {
	a := q.from
	ctx, cancel := context.WithCancelCause(a.life)
	defer cancel(nil)
	timer := a.relay.clock().AfterFunc(meetingTime, func() { cancel(errLate) })
	defer timer.Stop()
	gone, err := b.exec(ctx, a.relay.Self, to, command)
	if err != nil {
		b.inward.left(to, b.peer.ID)
		q.refuse(err)
		a.ports.free(from, a.relay.Self)
		return nil
	}
	q.meet(a.relay.Self, from)
	defer crew.When(gone, a.by.Go, func() { cancel(qrexec.ErrLost) })()
	service, err := a.by.Transport.Accept(ctx, b.peer.ID, to)
	if err != nil {
		a.revoke([]wire.Ident{q.m.Ident})
		return because(ctx, err)
	}
	defer service.Close()
	caller, err := a.by.Transport.Dial(ctx, a.peer.ID, from)
	if err != nil {
		return because(ctx, err)
	}
	timer.Stop()
	defer crew.When(a.life, a.by.Go, func() {
		caller.Close()
		service.Close()
	})()
	pass(caller, service, a.by.Go)
	return nil
}

// because is the context's cause where that has ended, and err where it has not.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// pass passes bytes on in both directions until one end has closed its connection, and what it wrote before has been passed on.
func pass(caller, service net.Conn, start func(func())) {
	over := make(chan struct{})
	start(func() {
		defer close(over)
		io.CopyBuffer(onlyWriter{service}, onlyReader{caller}, make([]byte, passing))
		service.Close()
	})
	io.CopyBuffer(onlyWriter{caller}, onlyReader{service}, make([]byte, passing))
	caller.Close()
	<-over
}

// onlyReader and onlyWriter have no other ways to copy, which might want more memory.
type (
	onlyReader struct{ io.Reader }
	onlyWriter struct{ io.Writer }
)

// errLate says that an end did not come.
var errLate = errors.New("an end did not come in time")

// beginMediated counts a call that passes through, unless there are too many.
func (a *agent) beginMediated() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.mediated == MaxMediated {
		return false
	}
	a.mediated++
	return true
}

func (a *agent) endMediated() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.mediated--
}
