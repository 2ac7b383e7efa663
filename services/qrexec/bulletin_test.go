// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Bulletins of Qubes that touch qrexec, and other things that hostile ends do. Host.

package qrexec_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/domlet/domlet/services/qrexec/relay"
	"github.com/domlet/domlet/services/qrexec/wire"
)

// rawAgent connects to the relay as the agent of work, whose connection the test has then.
func (w *world) rawAgent() (net.Conn, *wire.Control) {
	w.Helper()
	conn, err := w.transport(work).Accept(w.ctx, hub, wire.ControlPort)
	if err != nil {
		w.Fatal(err)
	}
	c := wire.NewControl(wire.Agent, wire.Newest)
	conn.Write(c.Hello().Append(nil))
	if _, err := c.Read(conn); err != nil {
		w.Fatal(err)
	}
	return conn, c
}

// rawCall has the raw agent call a service, up to HELLO.
func (w *world) rawCall(conn net.Conn, control *wire.Control, service string) net.Conn {
	w.Helper()
	id, _ := wire.NewIdent("raw")
	m, err := wire.Request(control.Version(), id, "vault", service)
	if err != nil {
		w.Fatal(err)
	}
	conn.Write(m.Append(nil))
	m, err = control.Read(conn)
	if err != nil || m.Type != wire.ServiceConnect {
		w.Fatalf("%v, %v", &m, err)
	}
	data, err := w.transport(work).Accept(w.ctx, m.Domain, m.Port)
	if err != nil {
		w.Fatal(err)
	}
	data.Write((&wire.Message{Type: wire.Hello, Version: 4}).Append(nil))
	io.ReadFull(data, make([]byte, 12))
	return data
}

// withRawAgent is a world in which the test is work's agent.
func withRawAgent(t *testing.T) (*world, net.Conn, *wire.Control) {
	w := newWorld(t, "sockets", 0)
	w.startRelay(w.ctx)
	w.startAgent(w.ctx, vault)
	conn, control := w.rawAgent()
	return w, conn, control
}

// TestQSB087: a caller that sends standard errors and an exit code reaches neither the service nor its log, and the call
// goes on.
func TestQSB087(t *testing.T) {
	w, conn, control := withRawAgent(t)
	data := w.rawCall(conn, control, "test.Echo")
	text := "\x1b]0;not from the service\x07"
	data.Write(append(wire.AppendHeader(nil, wire.DataStderr, len(text)), text...))
	data.Write(wire.AppendExitCode(nil, 0))
	data.Write(append(wire.AppendHeader(nil, wire.DataStdin, 2), "hi"...))
	data.Write(wire.AppendHeader(nil, wire.DataStdin, 0))
	got, _ := io.ReadAll(data)
	want := append(wire.AppendHeader(nil, wire.DataStdout, 2), "hi"...)
	want = wire.AppendHeader(want, wire.DataStdout, 0)
	want = wire.AppendHeader(want, wire.DataStderr, 0)
	if want = wire.AppendExitCode(want, 0); string(got) != string(want) {
		t.Errorf("%q", got)
	}
	if strings.Contains(w.log(), "not from the service") {
		t.Error(w.log())
	}
}

// TestQSB099: a refusal is the request's number and nothing besides, whatever the policy has to say.
func TestQSB099(t *testing.T) {
	w, conn, _ := withRawAgent(t)
	secret := errors.New("/etc/qubes/policy.d/30-secret.policy:7: deny")
	id, _ := wire.NewIdent("d1")
	w.setPolicy(func(context.Context, relay.Question) (relay.Answer, error) { return relay.Answer{}, secret })
	m, _ := wire.Request(4, id, "vault", "test.Echo")
	conn.Write(m.Append(nil))
	got := make([]byte, 40)
	if _, err := io.ReadFull(conn, got); err != nil {
		t.Fatal(err)
	}
	want := (&wire.Message{Type: wire.ServiceRefused, Ident: id}).Append(nil)
	if string(got) != string(want) {
		t.Errorf("%q", got)
	}
	w.until("the log has it", func() bool { return strings.Contains(w.log(), secret.Error()) })
}

// TestViolationEndsOneAgent: an agent that breaks the protocol is cut off for good; the others are not.
func TestViolationEndsOneAgent(t *testing.T) {
	for name, message := range map[string][]byte{
		"an unknown type":          wire.AppendHeader(nil, 0x999, 0),
		"a length of 4 GiB":        wire.AppendHeader(nil, wire.TriggerService4, 1<<32-1),
		"a request without a name": wire.AppendHeader(nil, wire.TriggerService3, 96),
		"port 0":                   append(wire.AppendHeader(nil, wire.ConnectionTerminated, 8), make([]byte, 8)...),
	} {
		t.Run(name, func(t *testing.T) {
			w, conn, _ := withRawAgent(t)
			conn.Write(message)
			if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil {
				t.Errorf("%d, %v", n, err)
			}
			w.until("the log says so", func() bool {
				return strings.Contains(w.log(), "attend: the agent of work, domain 1: qrexec: the other end broke")
			})
			c, err := w.relay.Call(w.ctx, vault, "user", "test.Say+a", "relay")
			if err != nil {
				t.Fatal(err)
			}
			if code, err := c.Wait(); code != 42 || err != nil {
				t.Errorf("%d, %v", code, err)
			}
		})
	}
}

// TestServiceBreaksProtocol: a caller is told what its service did, and a service's agent logs what a caller did.
func TestServiceBreaksProtocol(t *testing.T) {
	w, conn, control := withRawAgent(t)
	data := w.rawCall(conn, control, "test.Echo")
	data.Write(wire.AppendHeader(nil, wire.DataStdin, 65537))
	io.ReadAll(data)
	w.until("the log says so", func() bool { return strings.Contains(w.log(), "DATA_STDIN has a body of 65537 bytes") })

	c := make(chan error, 1)
	w.start(func() {
		call, err := w.relay.Call(w.ctx, work, "user", "test.Echo", "relay")
		if err == nil {
			_, err = call.Wait()
		}
		c <- err
	})
	m, err := control.Read(conn)
	if err != nil || m.Command != "user:QUBESRPC test.Echo relay" {
		t.Fatalf("%v, %v", &m, err)
	}
	data, err = w.transport(work).Dial(w.ctx, m.Domain, m.Port)
	if err != nil {
		t.Fatal(err)
	}
	data.Write((&wire.Message{Type: wire.Hello, Version: 4}).Append(nil))
	data.Write(wire.AppendHeader(nil, wire.ExecCmdline, 9))
	var v *wire.Violation
	if err := <-c; !errors.As(err, &v) {
		t.Errorf("%v", err)
	}
}

// TestCommandsAreNotRun: an agent runs services and nothing else, whatever its daemon says.
func TestCommandsAreNotRun(t *testing.T) {
	for _, command := range []string{"user:ls", "user:QUBESRPC", "user:QUBESRPC  work", "user:QUBESRPC ../x work", "user:QUBESRPC +a work", "QUBESRPC test.Say work", ""} {
		w := newWorld(t, "sockets", 0)
		w.startAgent(w.ctx, vault)
		conn, err := w.transport(hub).Dial(w.ctx, vault, wire.ControlPort)
		if err != nil {
			t.Fatal(err)
		}
		control := wire.NewControl(wire.Daemon, wire.Newest)
		control.Read(conn)
		conn.Write(control.Hello().Append(nil))
		m := wire.Message{Type: wire.ExecCmdline, Domain: hub, Port: 600, Command: command}
		conn.Write(m.Append(nil))
		data, err := w.transport(hub).Accept(w.ctx, vault, 600)
		if err != nil {
			t.Fatal(err)
		}
		data.Write((&wire.Message{Type: wire.Hello, Version: 4}).Append(nil))
		got, _ := io.ReadAll(data)
		if code := binary.LittleEndian.Uint32(got[len(got)-4:]); code != wire.ExitRefused {
			t.Errorf("%q ended with %d", command, code)
		}
		if m, err := control.Read(conn); m.Type != wire.ConnectionTerminated || m.Port != 600 || err != nil {
			t.Errorf("%v, %v", &m, err)
		}
	}
}

// TestLateAnswers: what was decided for an agent that has come anew since does not reach it.
func TestLateAnswers(t *testing.T) {
	w, conn, _ := withRawAgent(t)
	id, _ := wire.NewIdent("d1")
	m, _ := wire.Request(4, id, "nobody", "test.Echo")
	asked := make(chan bool)
	w.setPolicy(func(context.Context, relay.Question) (relay.Answer, error) {
		asked <- true
		<-asked
		return relay.Answer{}, relay.ErrRefused
	})
	conn.Write(m.Append(nil))
	<-asked
	conn.Close()
	conn, control := w.rawAgent()
	asked <- true
	for range 2 {
		w.start(func() { w.relay.Call(w.ctx, work, "user", "test.Echo", "relay") })
		if m, err := control.Read(conn); m.Type != wire.ExecCmdline || err != nil {
			t.Errorf("%v, %v", &m, err)
		}
	}
}
