// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Ports of this machine that lead to ports of the domain. Runs on the host and in
// dom0.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// dialer connects to a domain's address.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// port is a port here and the one of the domain that it leads to.
type port struct{ here, there string }

// parsePort reads HERE:THERE, where HERE may have an address before it.
func parsePort(text string) (p port, err error) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return p, fmt.Errorf("port %q: write it as HERE:THERE, such as 8080:80", text)
	}
	here, there := text[:i], text[i+1:]
	if !strings.Contains(here, ":") {
		here = "127.0.0.1:" + here
	}
	_, number, err := net.SplitHostPort(here)
	if err != nil {
		return p, fmt.Errorf("port %q: %w", text, err)
	}
	for _, n := range []string{number, there} {
		if _, err := strconv.ParseUint(n, 10, 16); err != nil {
			return p, fmt.Errorf("port %q: %q is no number of a port", text, n)
		}
	}
	return port{here, there}, nil
}

// address is the domain's first address in the settings of its interface.
func (g *guestFlags) address() (netip.Addr, error) {
	for _, word := range strings.Split(g.net, ",") {
		if p, err := netip.ParsePrefix(word); err == nil {
			return p.Addr(), nil
		}
	}
	return netip.Addr{}, errors.New("-p needs to know where the domain is: give -net an address, such as -net 10.13.0.20/24")
}

// checkPorts refuses ports that nothing could lead to.
func (g *guestFlags) checkPorts() error {
	for _, text := range g.ports {
		if _, err := parsePort(text); err != nil {
			return err
		}
		if _, err := g.address(); err != nil {
			return err
		}
	}
	return nil
}

// openPorts listens on the ports asked for and connects who comes with the domain,
// until the function that it returns is called.
func (g *guestFlags) openPorts(ctx context.Context, dial dialer) (stop func(), err error) {
	var open []net.Listener
	stop = func() {
		for _, l := range open {
			l.Close()
		}
	}
	for _, text := range g.ports {
		p, _ := parsePort(text) // checkPorts has read them
		to, _ := g.address()
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", p.here)
		if err != nil {
			stop()
			return nil, err
		}
		open = append(open, l)
		go lead(ctx, l, dial, net.JoinHostPort(to.String(), p.there))
	}
	return stop, nil
}

// acceptAgain is how long lead pauses where too many files are open, say.
const acceptAgain = 100 * time.Millisecond

// lead connects clients of l to an address, until l is closed.
func lead(ctx context.Context, l net.Listener, dial dialer, address string) {
	for {
		c, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			time.Sleep(acceptAgain)
			continue
		}
		go func() {
			defer c.Close()
			d, err := dial(ctx, "tcp", address)
			if err != nil {
				return // the client sees that nobody is there
			}
			defer d.Close()
			join(c, d)
		}()
	}
}

// join copies both ways until both have ended.
func join(a, b net.Conn) {
	done := make(chan struct{})
	go func() {
		io.Copy(a, b)
		closeWrite(a)
		close(done)
	}()
	io.Copy(b, a)
	closeWrite(b)
	<-done
}

// closeWrite tells the other end that no more comes, where it can be told.
func closeWrite(c net.Conn) {
	if h, ok := c.(interface{ CloseWrite() error }); ok {
		h.CloseWrite()
	}
}
