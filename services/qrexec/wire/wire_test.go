// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Limits, bulletins, and bytes of anybody's. Host.

package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// hello is an end that has heard the other one's HELLO.
func hello(t testing.TB, role Role, version uint32) *Control {
	c := NewControl(role, version)
	m := Message{Type: Hello, Version: version}
	if _, err := c.Read(bytes.NewReader(m.Append(nil))); err != nil {
		t.Fatal(err)
	}
	return c
}

// sent is what a daemon makes of a request as it is on the wire.
func sent(t testing.TB, m Message) (Message, error) {
	return hello(t, Daemon, 4).Read(bytes.NewReader(m.Append(nil)))
}

// TestServiceNameFits: the longest name of each version arrives; one character more is not sent, and not taken.
func TestServiceNameFits(t *testing.T) {
	for version, want := range map[uint32]int{2: 63, 3: 3999, 4: 3935} {
		name := strings.Repeat("a", want)
		m, err := Request(version, Ident{'1'}, "work", name)
		if err != nil || MaxService(version) != want {
			t.Fatal(version, MaxService(version), err)
		}
		got, err := hello(t, Daemon, version).Read(bytes.NewReader(m.Append(nil)))
		if err != nil || got.Service != name || got.Fault != nil {
			t.Errorf("version %d: %v, %v", version, err, got.Fault)
		}
		if _, err := Request(version, Ident{'1'}, "work", name+"a"); err == nil {
			t.Errorf("version %d: a name of %d characters was sent", version, want+1)
		}
	}
	m := Message{Type: TriggerService4, Service: strings.Repeat("a", 3936)}
	if _, err := sent(t, m); !violates(err) {
		t.Error(err)
	}
}

func violates(err error) bool {
	var v *Violation
	return errors.As(err, &v)
}

// TestQSB010: a length is no number below zero, whatever it is compared with.
func TestQSB010(t *testing.T) {
	for _, n := range []length{1 << 31, 1<<31 + 8, 1<<32 - 1} {
		for typ := range typeNames {
			if _, err := hello(t, Daemon, 4).Admit(Header{typ, n}); !violates(err) {
				t.Errorf("%v of %d bytes: %v", typ, n, err)
			}
		}
	}
}

// TestQSB023: of a message whose bytes change while it is read, every byte is taken once: what is checked is what counts.
func TestQSB023(t *testing.T) {
	m, _ := Request(4, Ident{'1'}, "work", "domlet.Echo")
	r := &once{b: m.Append(nil)}
	got, err := hello(t, Daemon, 4).Read(r)
	if err != nil || got.Service != "domlet.Echo" || got.Target != "work" {
		t.Errorf("%v, %v", &got, err)
	}
}

// once hands out bytes and destroys them where they were.
type once struct {
	b []byte
}

func (o *once) Read(p []byte) (int, error) {
	n := copy(p, o.b)
	if n == 0 {
		return 0, io.EOF
	}
	for i := range n {
		o.b[i] = '!'
	}
	o.b = o.b[n:]
	return n, nil
}

// TestQSB038: what a shell would take for more than a character of a name reaches neither policy nor service.
func TestQSB038(t *testing.T) {
	for _, c := range "$`;|&<>(){}[]*?!~'\"\\/ \n\t\x7f\xff%^=," {
		m, err := sent(t, Message{Type: TriggerService4, Ident: Ident{'1'}, Source: "a" + string(c), Target: string(c) + "anyvm", Service: "domlet.Echo" + string(c) + "x"})
		if err != nil || m.Fault != nil {
			t.Errorf("%q: %v, %v", c, err, m.Fault)
		}
		if CheckService(m.Service) != nil || CheckDomain(m.Target) != nil || CheckDomain(m.Source) != nil {
			t.Errorf("%q is in %v", c, &m)
		}
	}
}

// TestQSB089: a request without a name, with not even a NUL where the name should be, reads nothing before its body.
func TestQSB089(t *testing.T) {
	for typ, size := range map[Type]int{TriggerService3: 96, TriggerService4: 160} {
		if _, err := hello(t, Daemon, 4).Admit(Header{typ, length(size)}); !violates(err) {
			t.Errorf("%v: %v", typ, err)
		}
		m, err := sent(t, Message{Type: typ, Ident: Ident{'1'}})
		if err != nil || m.Fault == nil {
			t.Errorf("%v with an empty name: %v, %v", typ, err, m.Fault)
		}
	}
}

// TestCut: a message that ends in the middle is no end of a connection.
func TestCut(t *testing.T) {
	m, _ := Request(4, Ident{'1'}, "work", "domlet.Echo")
	b := m.Append(nil)
	for n := range b {
		want := io.ErrUnexpectedEOF
		if n == 0 {
			want = io.EOF
		}
		if _, err := hello(t, Daemon, 4).Read(bytes.NewReader(b[:n])); err != want {
			t.Fatalf("%d of %d bytes: %v", n, len(b), err)
		}
	}
}

// FuzzControl: bytes of anybody's make either end say no, and nothing else. What was taken is clean, and is sent as it came.
func FuzzControl(f *testing.F) {
	greet := (&Message{Type: Hello, Version: 4}).Append(nil)
	for _, version := range []uint32{2, 3, 4} {
		m, _ := Request(version, Ident{'1'}, "work", "domlet.Echo+a")
		f.Add(m.Append((&Message{Type: Hello, Version: version}).Append(nil)), true)
	}
	exec := Message{Type: ExecCmdline, Port: 513, Command: "user:QUBESRPC domlet.Echo+a work"}
	f.Add(exec.Append(bytes.Clone(greet)), false)
	meet := Message{Type: ServiceConnect, Port: 513, Ident: Ident{'1'}}
	f.Add(meet.Append(bytes.Clone(greet)), false)
	f.Fuzz(func(t *testing.T, b []byte, daemon bool) {
		role := Agent
		if daemon {
			role = Daemon
		}
		c, r := NewControl(role, Newest), bytes.NewReader(b)
		for {
			m, err := c.Read(r)
			if err != nil {
				return
			}
			again(t, c, &m)
		}
	})
}

// again sends a message as it was understood: it is understood in the same way.
func again(t *testing.T, c *Control, m *Message) {
	if m.Type == Hello || m.Fault != nil {
		return
	}
	d := *c
	got, err := d.Read(bytes.NewReader(m.Append(nil)))
	if err != nil || got.String() != m.String() {
		t.Fatalf("%v became %v, %v", m, &got, err)
	}
	if m.Service != CleanService(m.Service) || m.Target != CleanDomain(m.Target) || m.Port > LastDataPort {
		t.Fatalf("not clean: %v", m)
	}
}

// FuzzData: headers of anybody's make either end say no, and no body is longer than the version allows.
func FuzzData(f *testing.F) {
	seed := (&Message{Type: Hello, Version: 3}).Append(nil)
	seed = append(AppendHeader(seed, DataStdin, 3), "abc"...)
	f.Add(AppendExitCode(seed, 1), true)
	f.Add(AppendExitCode(seed, 1), false)
	f.Fuzz(func(t *testing.T, b []byte, service bool) {
		end := Client
		if service {
			end = Service
		}
		for d := NewData(end, Newest); len(b) >= HeaderSize; {
			p, err := d.Next(ParseHeader((*[HeaderSize]byte)(b)))
			if err != nil {
				return
			}
			if p.Size < 0 || p.Size > ChunkLimit(d.Version()) || service && (p.Kind == Errors || p.Kind == Exit) {
				t.Fatalf("%+v", p)
			}
			body := make([]byte, p.Size)
			n := copy(body, b[HeaderSize:])
			b = b[HeaderSize+n:]
			switch p.Kind {
			case Greeting:
				if d.Greet([4]byte(body)) != nil {
					return
				}
			case Exit:
				ExitCode(body)
			}
		}
	})
}
