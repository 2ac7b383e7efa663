// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// golang.org/x/net: control messages and groups of package ipv4, ICMP's echo, HTTP/2
// without TLS, websockets. On goroutines.

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/websocket"
)

func xnetCase() error {
	return errors.Join(controlMessages(), cleartext(), webSocket())
}

// controlMessages has a datagram say with which TTL and on which interface it came, to
// a group of the loopback interface.
func controlMessages() error {
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		return err
	}
	c, err := net.ListenPacket("udp4", "0.0.0.0:0")
	if err != nil {
		return err
	}
	defer c.Close()
	group := &net.UDPAddr{IP: net.IPv4(224, 0, 0, 250), Port: c.LocalAddr().(*net.UDPAddr).Port}
	p := ipv4.NewPacketConn(c)
	err = errors.Join(p.JoinGroup(lo, group), p.SetMulticastInterface(lo), p.SetMulticastLoopback(true), p.SetMulticastTTL(7),
		p.SetControlMessage(ipv4.FlagTTL|ipv4.FlagInterface|ipv4.FlagDst, true))
	if err != nil {
		return fmt.Errorf("ipv4: %w", err)
	}
	if _, err := p.WriteTo([]byte("to all"), nil, group); err != nil {
		return fmt.Errorf("ipv4: %w", err)
	}
	p.SetReadDeadline(time.Now().Add(time.Minute))
	b := make([]byte, 100)
	n, m, _, err := p.ReadFrom(b)
	if err != nil || string(b[:n]) != "to all" {
		return fmt.Errorf("ipv4: %q came, %w", b[:n], err)
	}
	if m.TTL != 7 || m.IfIndex != lo.Index || !m.Dst.Equal(group.IP) {
		return fmt.Errorf("ipv4: it came with %v", m)
	}
	return nil
}

// icmpCase asks 127.0.0.1 for an echo, which Linux lets only some groups do.
func icmpCase() error {
	c, err := icmp.ListenPacket("udp4", "127.0.0.1")
	if err != nil {
		return fmt.Errorf("icmp: %w", err)
	}
	defer c.Close()
	m := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{Seq: 1, Data: []byte("is anybody there?")}}
	b, err := m.Marshal(nil)
	if err != nil {
		return err
	}
	if _, err := c.WriteTo(b, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		return fmt.Errorf("icmp: %w", err)
	}
	c.SetReadDeadline(time.Now().Add(time.Minute))
	back := make([]byte, 100)
	n, _, err := c.ReadFrom(back)
	if err != nil {
		return fmt.Errorf("icmp: %w", err)
	}
	r, err := icmp.ParseMessage(ipv4.ICMPTypeEcho.Protocol(), back[:n])
	if err != nil || r.Type != ipv4.ICMPTypeEchoReply || string(r.Body.(*icmp.Echo).Data) != "is anybody there?" {
		return fmt.Errorf("icmp: the answer is %v, %w", r, err)
	}
	return nil
}

// cleartext speaks HTTP/2 without TLS.
func cleartext() error {
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) })
	s := httptest.NewServer(h2c.NewHandler(page, &http2.Server{}))
	defer s.Close()
	t := &http2.Transport{AllowHTTP: true}
	t.DialTLSContext = func(ctx context.Context, network, address string, _ *tls.Config) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	r, err := (&http.Client{Transport: t}).Get(s.URL)
	if err != nil {
		return fmt.Errorf("http2: %w", err)
	}
	defer r.Body.Close()
	if r.ProtoMajor != 2 {
		return fmt.Errorf("http2: it is %s", r.Proto)
	}
	return nil
}

// webSocket sends a message there and back.
func webSocket() error {
	s := httptest.NewServer(websocket.Handler(func(c *websocket.Conn) {
		var text string
		if websocket.Message.Receive(c, &text) == nil {
			websocket.Message.Send(c, text)
		}
	}))
	defer s.Close()
	c, err := websocket.Dial(strings.Replace(s.URL, "http", "ws", 1), "", s.URL)
	if err != nil {
		return fmt.Errorf("websocket: %w", err)
	}
	defer c.Close()
	var back string
	if err := errors.Join(websocket.Message.Send(c, "hello"), websocket.Message.Receive(c, &back)); err != nil || back != "hello" {
		return fmt.Errorf("websocket: %q came back, %w", back, err)
	}
	return nil
}
