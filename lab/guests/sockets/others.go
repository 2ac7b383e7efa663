// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Cases about everything but connections of TCP. On goroutines.

package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"syscall"
)

func datagrams() error {
	a, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	b, err := net.Dial("udp", a.LocalAddr().String())
	if err != nil {
		return err
	}
	defer b.Close()
	buffer := make([]byte, 100)
	for i := range 1000 {
		text := fmt.Sprint("datagram ", i)
		if _, err := b.Write([]byte(text)); err != nil {
			return err
		}
		n, from, err := a.ReadFrom(buffer)
		if err != nil {
			return err
		}
		if string(buffer[:n]) != text || from.String() != b.LocalAddr().String() {
			return fmt.Errorf("%q came from %v", buffer[:n], from)
		}
		if _, err := a.WriteTo(buffer[:n], from); err != nil {
			return err
		}
		if n, err = b.Read(buffer); err != nil || string(buffer[:n]) != text {
			return fmt.Errorf("%q came back, %v", buffer[:n], err)
		}
	}
	a.Close()
	b.Write([]byte("to nobody"))
	if _, err := b.Read(buffer); !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("a datagram to nobody: %v", err)
	}
	return nil
}

func unixSockets() error {
	l, err := net.Listen("unix", "@domlet/stream")
	if err != nil {
		return err
	}
	defer l.Close()
	go echo(l)
	c, err := net.Dial("unix", "@domlet/stream")
	if err != nil {
		return err
	}
	defer c.Close()
	if err := exchange(c, make([]byte, 1<<20)); err != nil {
		return err
	}
	p, err := net.ListenPacket("unixgram", "@domlet/datagrams")
	if err != nil {
		return err
	}
	defer p.Close()
	q, err := net.Dial("unixgram", "@domlet/datagrams")
	if err != nil {
		return err
	}
	defer q.Close()
	q.Write([]byte("a datagram"))
	buffer := make([]byte, 20)
	if n, _, err := p.ReadFrom(buffer); err != nil || string(buffer[:n]) != "a datagram" {
		return fmt.Errorf("%q came, %v", buffer[:n], err)
	}
	return nil
}

func interfaces() error {
	list, err := net.Interfaces()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(i net.Interface) bool { return i.Flags&net.FlagLoopback != 0 })
	if i < 0 || list[i].Name != "lo" || list[i].Index != 1 {
		return fmt.Errorf("no loopback among %v", list)
	}
	addresses, err := list[i].Addrs()
	if err != nil || len(addresses) < 2 || addresses[0].String() != "127.0.0.1/8" {
		return fmt.Errorf("lo has the addresses %v, %v", addresses, err)
	}
	return nil
}

// web has a client fetch a page by HTTP, and one by HTTPS and HTTP/2.
func web() error {
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto, r.URL.Path) })
	plain, secret := httptest.NewServer(page), httptest.NewUnstartedServer(page)
	secret.EnableHTTP2 = true
	secret.StartTLS()
	defer plain.Close()
	defer secret.Close()
	for s, want := range map[*httptest.Server]string{plain: "HTTP/1.1/page", secret: "HTTP/2.0/page"} {
		r, err := s.Client().Get(s.URL + "/page")
		if err != nil {
			return err
		}
		text, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || string(text) != want {
			return fmt.Errorf("%s: %q, %v", s.URL, text, err)
		}
	}
	return nil
}
