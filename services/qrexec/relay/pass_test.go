// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How a call that passes through ends. Host.

package relay

import (
	"bytes"
	"io"
	"net"
	"syscall"
	"testing"
)

// ended is a service's end of a connection: it has said its last and left. What it said is read when nobody writes to it any more.
type ended struct {
	net.Conn
	said   bytes.Buffer
	tried  chan struct{} // closed when nobody writes any more
	closed chan struct{}
}

func (c *ended) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func (c *ended) Read(p []byte) (int, error) {
	<-c.tried
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	default:
		return c.said.Read(p)
	}
}

func (c *ended) Close() error {
	select {
	case <-c.closed:
	default:
		close(c.closed)
	}
	return nil
}

// TestLastWords has a caller write to a service that has ended: what that one said before, its exit code too, is passed on.
func TestLastWords(t *testing.T) {
	service := &ended{tried: make(chan struct{}), closed: make(chan struct{})}
	service.said.WriteString("the exit code")
	caller, here := net.Pipe()
	heard := make(chan string)
	go func() {
		caller.Write([]byte("the end of the input"))
		b, _ := io.ReadAll(caller)
		heard <- string(b)
	}()
	over := make(chan struct{})
	go func() {
		defer close(over)
		pass(here, service, func(f func()) {
			go func() {
				defer close(service.tried)
				f()
			}()
		})
	}()
	if said := <-heard; said != "the exit code" {
		t.Errorf("the caller heard %q", said)
	}
	<-over
	<-service.closed
}
