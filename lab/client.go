// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file connects to the agent in dom0, from the developer's machine.

package lab

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/domlet/domlet/lab/internal/agent"
	"golang.org/x/crypto/ssh"
)

// dialTime is how long dom0 may take to answer: it may be busy with a build's
// worth of guests, on a machine that is busy itself. One that does not answer is
// taken for dead and started anew, whoever uses it.
const dialTime = time.Minute

// dial connects to the agent of the lab in dir.
func dial(ctx context.Context, dir string, port int) (*ssh.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, fmt.Errorf("dom0 does not answer: %w", err)
	}
	client, err := handshake(ctx, dir, conn)
	if err != nil {
		return nil, fmt.Errorf("dom0 does not answer: %w", err)
	}
	return client, nil
}

// handshake makes a client of a connection to an agent, with the keys in dir. It
// owns the connection.
func handshake(ctx context.Context, dir string, conn net.Conn) (*ssh.Client, error) {
	config, err := clientConfig(dir)
	if err != nil {
		conn.Close()
		return nil, err
	}
	config.User = agent.User
	config.Ciphers = []string{"chacha20-poly1305@openssh.com"} // the cheapest one without AES instructions
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	c, channels, requests, err := ssh.NewClientConn(conn, conn.RemoteAddr().String(), config)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return ssh.NewClient(c, channels, requests), nil
}

// Dial connects to a TCP address that dom0 can reach, such as that of a guest on
// its bridge.
func (l *Lab) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return l.client.DialContext(ctx, network, address)
}

// EndSoon lets the lab end as soon as no process uses it, instead of after ten
// minutes. Who started a lab for its own use calls it before Close.
func (l *Lab) EndSoon() error {
	_, _, err := l.client.SendRequest(agent.IdleRequest, true, []byte("3s"))
	return err
}
