// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// An agent whose daemon is the test, which reads when it wants to. Host.

package qrexec_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/abi"
)

// pipes is a transport whose other ends are the test's. Nothing that is written has left before it is read.
type pipes struct {
	accepted chan net.Conn // for Accept
	data     chan net.Conn // the other ends of what Dial returned
}

func (p *pipes) Accept(ctx context.Context, _ abi.Domid_t, _ wire.Port) (net.Conn, error) {
	select {
	case c := <-p.accepted:
		return c, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (p *pipes) Dial(context.Context, abi.Domid_t, wire.Port) (net.Conn, error) {
	own, other := net.Pipe()
	p.data <- other
	return own, nil
}

// daemon is the test's part in qrexec.
type daemon struct {
	*testing.T
	pipes
	agent   *qrexec.Agent
	release chan struct{} // ends one call to test.Wait
	conn    net.Conn
	control *wire.Control
}

func newDaemon(t *testing.T) *daemon {
	ctx, cancel := context.WithCancel(context.Background())
	d := &daemon{T: t, pipes: pipes{make(chan net.Conn), make(chan net.Conn)}, release: make(chan struct{})}
	mux := qrexec.NewMux()
	mux.HandleFunc("test.Wait", func(context.Context, *qrexec.Request) int { <-d.release; return 0 })
	d.agent = &qrexec.Agent{Transport: &d.pipes, Handler: mux, Go: func(f func()) { go f() }, Logf: t.Logf}
	over := make(chan struct{})
	go func() {
		defer close(over)
		d.agent.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-over
	})
	return d
}

func (d *daemon) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// until waits for something to come true.
func (d *daemon) until(what string, f func(qrexec.Status) bool) {
	d.Helper()
	for deadline := time.Now().Add(patience); !f(d.agent.Status()); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			d.Fatalf("waited in vain until %s", what)
		}
	}
}

// connect makes a control connection, of which the agent has the end that wrap returns.
func (d *daemon) connect(wrap func(net.Conn) net.Conn) {
	d.Helper()
	own, conn := net.Pipe()
	d.conn, d.control = conn, wire.NewControl(wire.Daemon, wire.Newest)
	conn.SetDeadline(time.Now().Add(patience))
	d.accepted <- wrap(own)
	_, err := d.control.Read(d.conn)
	d.must(err)
	d.say(d.control.Hello())
}

func (d *daemon) say(m *wire.Message) {
	d.Helper()
	_, err := d.conn.Write(m.Append(nil))
	d.must(err)
}

// hears wants a word that a port is free.
func (d *daemon) hears(from io.Reader, port wire.Port) {
	d.Helper()
	m, err := d.control.Read(from)
	d.must(err)
	if m.Type != wire.ConnectionTerminated || m.Port != port {
		d.Fatalf("the daemon heard %v, not that port %d is free", &m, port)
	}
}

// exec has the agent serve a call, of which the caller only reads.
func (d *daemon) exec(service string, port wire.Port) {
	d.Helper()
	d.say(&wire.Message{Type: wire.ExecCmdline, Domain: 7, Port: port, Command: qrexec.Command("user", service, "work")})
	c := <-d.data
	go io.Copy(io.Discard, c)
	_, err := c.Write((&wire.Message{Type: wire.Hello, Version: wire.Newest}).Append(nil))
	d.must(err)
}

// end ends a call to test.Wait, and returns when so many are left and the agent has said so, if it could.
func (d *daemon) end(left int) {
	d.Helper()
	d.release <- struct{}{}
	d.until("a call is over", func(s qrexec.Status) bool { return s.Serving == left })
}

// lose ends the control connection.
func (d *daemon) lose() {
	d.Helper()
	d.conn.Close()
	d.until("the agent knows", func(s qrexec.Status) bool { return !s.Connected })
}

func same(c net.Conn) net.Conn { return c }

// newLost is a daemon that is lost while its agent serves two calls, at ports 513 and 514, of which one ends afterwards.
func newLost(t *testing.T) *daemon {
	d := newDaemon(t)
	d.connect(same)
	d.exec("test.Wait", 513)
	d.exec("test.Wait", 514)
	d.lose()
	d.end(1)
	return d
}

// TestPortFreeMeanwhile has a call end while the agent tells a new daemon of one that ended before.
func TestPortFreeMeanwhile(t *testing.T) {
	d := newLost(t)
	d.connect(same)
	var header [wire.HeaderSize]byte
	_, err := io.ReadFull(d.conn, header[:])
	d.must(err)
	d.end(0)
	d.hears(io.MultiReader(bytes.NewReader(header[:]), d.conn), 513)
	d.hears(d.conn, 514)
}

// TestPortsOwedAgain has a new daemon go before it has heard of all ports that are free.
func TestPortsOwedAgain(t *testing.T) {
	d := newLost(t)
	d.end(0)
	d.connect(same)
	var one [1]byte
	_, err := io.ReadFull(d.conn, one[:])
	d.must(err)
	d.conn.Close()
	d.connect(same)
	heard := map[wire.Port]bool{}
	for range 2 {
		m, err := d.control.Read(d.conn)
		d.must(err)
		heard[m.Port] = true
	}
	if !heard[513] || !heard[514] {
		t.Errorf("the daemon heard of %v", heard)
	}
}

// sluggish is an agent's end on which a request has not been sent before the connection is lost.
type sluggish struct {
	net.Conn
	d *daemon
}

func (c sluggish) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if wire.Type(binary.LittleEndian.Uint32(p)) == wire.TriggerService4 {
		c.d.until("the connection is lost", func(s qrexec.Status) bool { return !s.Connected })
	}
	return n, err
}

// TestGrantedAtTheEnd has the daemon's connection end as soon as it has granted a call: the port is taken, and given back.
func TestGrantedAtTheEnd(t *testing.T) {
	d := newDaemon(t)
	for range 20 {
		d.connect(func(c net.Conn) net.Conn { return sluggish{c, d} })
		granted := make(chan *qrexec.Grant)
		go func() {
			g, err := d.agent.Request(context.Background(), "vault", "test.Say")
			if err != nil {
				t.Error(err)
			}
			granted <- g
		}()
		m, err := d.control.Read(d.conn)
		d.must(err)
		d.say(&wire.Message{Type: wire.ServiceConnect, Domain: 7, Port: 513, Ident: m.Ident})
		d.lose()
		g := <-granted
		if g == nil {
			t.Fatal("the port is never given back")
		}
		g.Release()
		d.connect(same)
		d.hears(d.conn, 513)
		d.lose()
	}
}
