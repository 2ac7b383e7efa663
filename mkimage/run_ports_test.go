// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Ports that lead to a domain. Host only.

package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestParsePort(t *testing.T) {
	for text, want := range map[string]port{
		"8080:80":         {"127.0.0.1:8080", "80"},
		"0.0.0.0:8080:80": {"0.0.0.0:8080", "80"},
		"[::1]:1:2":       {"[::1]:1", "2"},
	} {
		if got, err := parsePort(text); got != want || err != nil {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "80", ":80", "80:", "x:80", "80:x", "70000:80", "::1:80:80"} {
		if p, err := parsePort(text); err == nil {
			t.Errorf("%q is %v", text, p)
		}
	}
}

func TestPortsNeedAnAddress(t *testing.T) {
	for settings, ok := range map[string]bool{"": false, "dhcp": false, "gateway=10.0.0.1": false, "dhcp,10.0.0.2/24": true} {
		g := guestFlags{net: settings, ports: []string{"1:2"}}
		if err := g.checkPorts(); (err == nil) != ok {
			t.Errorf("-net %q: %v", settings, err)
		}
	}
}

// TestPortsLead connects through a port: what goes comes to the domain's address,
// both ways, with the end of each.
func TestPortsLead(t *testing.T) {
	asked := make(chan string, 1)
	dial := func(_ context.Context, _, address string) (net.Conn, error) {
		asked <- address
		here, there := net.Pipe()
		go func() {
			b := make([]byte, 4)
			io.ReadFull(there, b)
			there.Write([]byte(strings.ToUpper(string(b))))
			there.Close()
		}()
		return here, nil
	}
	// An address of the loopback network's that nobody else uses: its port stays free.
	free, err := net.Listen("tcp", fmt.Sprintf("127.%d.%d.%d:0", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254)))
	if err != nil {
		t.Fatal(err)
	}
	here := free.Addr().String()
	free.Close()
	g := guestFlags{net: "10.0.0.2/24", ports: []string{here + ":80"}}
	stop, err := g.openPorts(t.Context(), dial)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	c, err := net.Dial("tcp", here)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Write([]byte("ping"))
	c.(*net.TCPConn).CloseWrite()
	if back, err := io.ReadAll(c); string(back) != "PING" || err != nil {
		t.Errorf("%q came back, %v", back, err)
	}
	if got := <-asked; got != "10.0.0.2:80" {
		t.Errorf("dialed %s", got)
	}
}

// exhausted is a listener at which too many files are open, at first.
type exhausted struct {
	net.Listener
	left int
}

func (l *exhausted) Accept() (net.Conn, error) {
	if l.left > 0 {
		l.left--
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
	}
	return l.Listener.Accept()
}

// TestPortsComeBack: a port that could take nobody for a while leads on when it can.
func TestPortsComeBack(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		lead(t.Context(), &exhausted{l, 2}, func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			there.Close()
			return here, nil
		}, "10.0.0.2:80")
		close(over)
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(2 * time.Minute))
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("nobody took the connection: %v", err)
	}
	l.Close()
	<-over
}
