// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A call to another domain's service, as its caller has it. Any goroutine.

package qrexec

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"

	"github.com/domlet/domlet/services/qrexec/crew"
	"github.com/domlet/domlet/services/qrexec/wire"
)

// Errors of calls.
var (
	ErrRefused = errors.New("qrexec: the call was refused by the policy, or there is no such domain")
	ErrLost    = errors.New("qrexec: the other end went away before the call was over")
)

// Call is a call under way. Write sends to the service's standard input, CloseWrite ends that, Read receives its standard
// output until io.EOF. The service may stop reading before it stops writing: who sends much must also read, in another
// goroutine; [Agent.Do] does.
type Call struct {
	// Stderr takes what the service writes to its standard error, while somebody is in Read or Wait; nil drops it. Set it
	// before either.
	Stderr io.Writer

	link    *link
	outlet  outlet
	release func() // tells the daemon that the port is free
	closing sync.Once

	reading sync.Mutex // covers what follows
	left    int        // bytes of the message under way that Read has not returned
	ended   bool       // standard output
	over    bool
	code    int
	err     error

	mu     sync.Mutex // covers what follows
	cause  error      // why the call was given up
	detach func()
}

// newCall makes a call of a connection. It is given up when the context ends; release is called once the connection is closed.
func newCall(ctx context.Context, start func(func()), l *link, release func()) *Call {
	c := &Call{link: l, release: release, outlet: outlet{link: l, stream: wire.DataStdin}}
	c.mu.Lock() // the context may have ended already
	defer c.mu.Unlock()
	c.detach = crew.When(ctx, start, func() { c.giveUp(context.Cause(ctx)) })
	return c
}

// Write sends bytes to the service's standard input. It fails once the service has ended, whose exit code Wait still has.
func (c *Call) Write(p []byte) (int, error) { return c.outlet.Write(p) }

// CloseWrite ends the service's standard input.
func (c *Call) CloseWrite() error { return c.outlet.Close() }

// Read receives from the service's standard output, until that ends with io.EOF.
func (c *Call) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if len(p) == 0 {
		return 0, nil
	}
	for c.left == 0 && !c.ended && !c.over {
		c.step()
	}
	switch {
	case c.err != nil:
		return 0, c.err
	case c.left == 0:
		return 0, io.EOF
	}
	n, err := c.link.in.Read(p[:min(len(p), c.left)])
	c.left -= n
	if err != nil {
		c.finish(0, err)
	}
	return n, c.err
}

// Wait returns the service's exit code when it has ended. Output that nobody has read is dropped. With an error, the code is
// that of a command which does not know better: 126 or 125.
func (c *Call) Wait() (code int, err error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	for !c.over {
		if err := c.link.drop(c.left); err != nil {
			c.finish(0, err)
			break
		}
		c.left = 0
		c.step()
	}
	return c.code, c.err
}

// Close gives the call up unless it is over. The service finds its caller gone.
func (c *Call) Close() error {
	c.giveUp(net.ErrClosed)
	return nil
}

// step takes the next message. The caller holds reading.
func (c *Call) step() {
	p, err := c.link.next()
	switch {
	case err != nil:
	case p.Kind == wire.Stream:
		c.left, c.ended = p.Size, p.Size == 0
	case p.Kind == wire.Exit:
		err = c.exit(p.Size)
	default:
		err = c.aside(p)
	}
	if err != nil {
		c.finish(0, err)
	}
}

// aside takes a message that is none of Read's.
func (c *Call) aside(p wire.Part) error {
	if p.Kind != wire.Errors || c.Stderr == nil {
		return c.link.drop(p.Size)
	}
	var broken error
	n, err := io.CopyN(onlyWriter{c.Stderr, &broken}, c.link.in, int64(p.Size))
	if broken != nil { // theirs, not the call's
		c.Stderr = nil
		return c.link.drop(p.Size - int(n))
	}
	return err
}

// onlyWriter is a writer that keeps its error.
type onlyWriter struct {
	io.Writer
	err *error
}

func (w onlyWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	*w.err = err
	return n, err
}

// exit takes the body of the exit code.
func (c *Call) exit(size int) error {
	var body [4]byte
	k := min(size, len(body))
	if _, err := io.ReadFull(c.link.in, body[:k]); err != nil {
		return err
	}
	c.finish(wire.ExitCode(body[:k])&0xff, nil)
	return nil
}

// finish ends the call. The caller holds reading.
func (c *Call) finish(code int, err error) {
	if c.over {
		return
	}
	if c.over, c.code = true, code; err != nil {
		c.code, c.err = wire.ExitProblem, c.explain(err)
	}
	c.shut()
}

// explain is why a call ended without an exit code.
func (c *Call) explain(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var v *wire.Violation
	switch {
	case c.cause != nil:
		return c.cause
	case errors.As(err, &v):
		return err
	}
	return ErrLost
}

// giveUp ends the call from outside: whoever is in Read or Write comes back.
func (c *Call) giveUp(cause error) {
	c.mu.Lock()
	if c.cause == nil {
		c.cause = cause
	}
	c.mu.Unlock()
	c.shut()
}

// shut closes the connection, once, and then tells the daemon.
func (c *Call) shut() {
	c.closing.Do(func() {
		c.detach()
		c.link.conn.Close()
		c.release()
	})
}
