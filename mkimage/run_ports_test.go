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
	"testing"
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
