// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Listening at a name and dialling it. Any goroutine.

package bysocket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/domlet/domlet/services/qrexec/crew"
	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/clock"
)

// Directory is where the sockets of qubes-core-vchan-socket are, unless VCHAN_SOCKET_DIR says otherwise.
const Directory = "/var/run/vchan"

// A client looks again for a server after retryAfter, and then after twice as long each time, up to retryAtMost.
const (
	retryAfter  = time.Millisecond
	retryAtMost = 32 * time.Millisecond
)

// Transport connects this process, as a domain, with others.
type Transport struct {
	Dir    string
	Domain abi.Domid_t  // which this process is
	Go     func(func()) // starts a goroutine
	Clock  clock.Clock  // nil is the system's
}

// name is where a server listens for a client.
func (t *Transport) name(server, client abi.Domid_t, port wire.Port) string {
	return filepath.Join(t.Dir, fmt.Sprintf("vchan.%d.%d.%d.sock", server, client, port))
}

// Accept listens for one connection. A name that a dead server left behind is taken over.
func (t *Transport) Accept(ctx context.Context, peer abi.Domid_t, port wire.Port) (net.Conn, error) {
	name := t.name(t.Domain, peer, port)
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", name)
	if err != nil {
		return nil, err
	}
	stop := crew.When(ctx, t.Go, func() { l.Close() })
	defer stop()
	defer l.Close() // removes the name
	c, err := l.Accept()
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return c, err
}

// Dial connects to a server, when there is one.
func (t *Transport) Dial(ctx context.Context, peer abi.Domid_t, port wire.Port) (net.Conn, error) {
	name := t.name(peer, t.Domain, port)
	var d net.Dialer
	for wait := retryAfter; ; wait = min(2*wait, retryAtMost) {
		c, err := d.DialContext(ctx, "unix", name)
		if err == nil || ctx.Err() != nil || !absent(err) {
			return c, explain(ctx, err)
		}
		if err := t.pause(ctx, wait); err != nil {
			return nil, fmt.Errorf("nobody listens at %s: %w", name, err)
		}
	}
}

// explain is the context's cause where that is why.
func explain(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// absent reports whether an error says that nobody listens, yet or any more.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}

func (t *Transport) pause(ctx context.Context, wait time.Duration) error {
	var c clock.Clock = clock.System{}
	if t.Clock != nil {
		c = t.Clock
	}
	over := make(chan struct{})
	timer := c.AfterFunc(wait, func() { close(over) })
	defer timer.Stop()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
