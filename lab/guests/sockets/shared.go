// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Cases about what several sockets share: a port, a group. On goroutines.

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// soReusePort is SO_REUSEPORT, which package syscall does not name.
const soReusePort = 15

// reusing sets the option before a socket is bound.
func reusing(_, _ string, c syscall.RawConn) (err error) {
	controlled := c.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, soReusePort, 1)
	})
	return errors.Join(controlled, err)
}

// reusePort has two listeners at one port share the connections, and a third that
// does not say that it shares refused.
func reusePort() error {
	config := net.ListenConfig{Control: reusing}
	ctx := context.Background()
	one, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer one.Close()
	two, err := config.Listen(ctx, "tcp", one.Addr().String())
	if err != nil {
		return err
	}
	defer two.Close()
	if _, err := net.Listen("tcp", one.Addr().String()); !errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("a third listener: %v", err)
	}
	const calls = 64
	came := [2]chan struct{}{make(chan struct{}, calls), make(chan struct{}, calls)}
	for i, l := range []net.Listener{one, two} {
		go count(l, came[i])
	}
	for range calls {
		c, err := net.Dial("tcp", one.Addr().String())
		if err != nil {
			return err
		}
		defer c.Close()
	}
	share := [2]int{}
	for range calls {
		select {
		case <-came[0]:
			share[0]++
		case <-came[1]:
			share[1]++
		case <-time.After(time.Minute):
			return fmt.Errorf("of %d connections only %v came", calls, share)
		}
	}
	if share[0] == 0 || share[1] == 0 {
		return fmt.Errorf("of %d connections the listeners took %v", calls, share)
	}
	return nil
}

// count tells of each connection.
func count(l net.Listener, came chan<- struct{}) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		came <- struct{}{}
	}
}

// multicast has two members of a group hear what is sent to it.
func multicast() error {
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		return err
	}
	group := &net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: 5351}
	var members []*net.UDPConn
	for range 2 {
		m, err := net.ListenMulticastUDP("udp4", lo, group)
		if err != nil {
			return err
		}
		defer m.Close()
		members = append(members, m)
	}
	throughLo := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		controlled := c.Control(func(fd uintptr) {
			err = syscall.SetsockoptInet4Addr(int(fd), syscall.IPPROTO_IP, syscall.IP_MULTICAST_IF, [4]byte{127, 0, 0, 1})
		})
		return errors.Join(controlled, err)
	}}
	c, err := throughLo.ListenPacket(context.Background(), "udp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.WriteTo([]byte("to all"), group); err != nil {
		return err
	}
	for i, m := range members {
		m.SetReadDeadline(time.Now().Add(time.Minute))
		b := make([]byte, 20)
		if n, from, err := m.ReadFrom(b); err != nil || string(b[:n]) != "to all" || from.String() != c.LocalAddr().String() {
			return fmt.Errorf("member %d: %q came from %v, %w", i, b[:n], from, err)
		}
	}
	return nil
}
