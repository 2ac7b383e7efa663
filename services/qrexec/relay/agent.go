// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// One agent as the relay has it: its connections, its requests, its ports. Any goroutine.

package relay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/crew"
	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/abi"
)

// Times that the relay has for an agent.
const (
	sendingTime = time.Minute      // to read a message
	arrivalTime = 10 * time.Second // to connect, when somebody calls its domain
	meetingTime = 2 * time.Minute  // to come to a call that passes through the relay
)

// errDial says that there is no way to an agent, and that trying again does not help.
var errDial = errors.New("cannot be reached")

// agent is a domain's agent.
type agent struct {
	relay  *Relay
	by     Means
	peer   Peer
	life   context.Context // it is attended
	work   crew.Crew       // decisions, and calls whose data pass through
	ports  ports           // at which it listens
	inward ports           // at which the relay listens for it

	writing sync.Mutex      // held while a message is sent, and covers conn
	conn    net.Conn        // nil while there is no connection past HELLO
	here    context.Context // ends with the connection; covered by writing
	ready   chan struct{}   // closed while there is one; covered by writing
	gone    chan struct{}   // closed when the agent is attended no more

	pending  tally // requests that wait for a decision
	mediated tally // calls of its that pass through the relay, or end there
}

// attend has one connection from dialling to its end.
func (a *agent) attend(ctx context.Context) error {
	conn, err := a.by.Transport.Dial(ctx, a.peer.ID, wire.ControlPort)
	if err != nil {
		return fmt.Errorf("%w: %w", errDial, err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(qrexec.ErrLost)
	stop := crew.When(ctx, a.by.Go, func() { conn.Close() })
	defer stop()
	defer conn.Close()
	control := wire.NewControl(wire.Daemon, a.relay.version())
	if _, err := control.Read(conn); err != nil {
		return err
	}
	if _, err := conn.Write(control.Hello().Append(nil)); err != nil {
		return err
	}
	a.use(ctx, conn)
	a.relay.logf("the agent of %s, domain %d, is here and speaks version %d", a.peer.Name, a.peer.ID, control.Version())
	defer a.use(ctx, nil)
	for {
		m, err := control.Read(conn)
		if err != nil {
			return err
		}
		a.take(ctx, &request{a, conn, m})
	}
}

// use makes a connection, and the context that ends with it, the one that messages go to.
func (a *agent) use(here context.Context, conn net.Conn) {
	a.writing.Lock()
	defer a.writing.Unlock()
	a.conn, a.here = conn, here
	if conn == nil {
		a.ready = make(chan struct{})
	} else {
		close(a.ready)
	}
}

// arrival waits until the agent is connected: it may have come back just now, as its caller's has, from a relay that ended.
func (a *agent) arrival(ctx context.Context) {
	a.writing.Lock()
	ready := a.ready
	a.writing.Unlock()
	late := make(chan struct{})
	t := a.relay.clock().AfterFunc(arrivalTime, func() { close(late) })
	defer t.Stop()
	select {
	case <-ready:
	case <-late:
	case <-a.gone:
	case <-ctx.Done():
	}
}

// send sends a message to the agent, if it is connected.
func (a *agent) send(m *wire.Message) error {
	a.writing.Lock()
	defer a.writing.Unlock()
	return a.write(a.conn, m)
}

// exec has the agent run a command and connect to a domain for it. The context that it returns ends when the agent is away.
func (a *agent) exec(ctx context.Context, with abi.Domid_t, port wire.Port, command string) (context.Context, error) {
	a.arrival(ctx)
	a.writing.Lock()
	defer a.writing.Unlock()
	return a.here, a.write(a.conn, &wire.Message{Type: wire.ExecCmdline, Domain: with, Port: port, Command: command})
}

// revoke tells the agent that nobody will come to calls that it was granted, where it understands that: Qubes' own agent takes a
// second answer to its request for one to another.
func (a *agent) revoke(idents []wire.Ident) {
	for _, ident := range idents {
		if strings.HasPrefix(ident.String(), qrexec.IdentPrefix) {
			a.send(&wire.Message{Type: wire.ServiceRefused, Ident: ident})
		}
	}
}

// answer sends a message on the connection that the request came on. An agent that has come anew may use the request's number
// for something else.
func (a *agent) answer(on net.Conn, m *wire.Message) error {
	a.writing.Lock()
	defer a.writing.Unlock()
	if on != a.conn {
		on = nil
	}
	return a.write(on, m)
}

// write sends a message. An agent that does not read loses its connection. The caller holds writing.
func (a *agent) write(conn net.Conn, m *wire.Message) error {
	if conn == nil {
		return fmt.Errorf("the agent of %s is not connected", a.peer.Name)
	}
	conn.SetWriteDeadline(a.relay.clock().Now().Add(sendingTime))
	_, err := conn.Write(m.Append(nil))
	if err != nil {
		conn.Close()
	}
	return err
}

// take does what a message asks for.
func (a *agent) take(ctx context.Context, q *request) {
	switch {
	case q.m.Type == wire.ConnectionTerminated:
		a.relay.terminated(a, q.m.Domain, q.m.Port)
	case !a.pending.begin(wire.MaxCalls):
		q.refuse(fmt.Errorf("%d of its requests wait already", wire.MaxCalls))
	default:
		a.work.Start(a.by.Go, func() {
			defer a.pending.end()
			q.decide(ctx)
		})
	}
}

// tally counts what an agent has under way.
type tally struct {
	mu sync.Mutex
	n  int
}

// begin counts one more, unless there are as many as there may be.
func (t *tally) begin(most int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == most {
		return false
	}
	t.n++
	return true
}

func (t *tally) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n--
}
