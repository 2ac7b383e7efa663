// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The rest of a connection: reading in place, waiting for the partner, deadlines, the end. Any goroutine.

package vchan

import (
	"fmt"
	"io"
	"net"
	"time"

	"github.com/domlet/domlet/xen/ring"
)

// Peek waits for data and calls f with bytes that can be read, at least one, where they lie: in the ring, without a copy. They
// are read when Discard says so. The slice must not be used after f has returned, and f must neither read from the connection nor
// close it.
//
// The partner can change these bytes while f looks at them. It pays for what has no meaning to the caller, such as a
// checksum or data that are passed on; whatever is to be understood is copied first, with Read.
func (c *Conn) Peek(f func(b []byte)) error {
	r := &c.reading
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		err := c.await(r, (*ring.Stream).Some)
		shown := false
		if err == nil {
			shown, err = r.stream.Peek(f) // the partner may have taken its index back
		}
		if shown || err != nil {
			return c.explain("peek", c.unlessClosed(err))
		}
	}
}

// Discard reads n bytes and throws them away. It returns how many there were, fewer with an error.
func (c *Conn) Discard(n int) (int, error) {
	f := &c.reading
	f.mu.Lock()
	defer f.mu.Unlock()
	done := 0
	for done < n {
		if err := c.await(f, (*ring.Stream).Some); err != nil {
			return done, c.explain("discard", err)
		}
		k, err := f.stream.Discard(n - done)
		if err == nil {
			err = c.moved(f, k)
		}
		if done += k; err != nil {
			return done, c.explain("discard", c.unlessClosed(err))
		}
	}
	return done, nil
}

// Drain waits until the partner has taken everything that was written, or left, or the write deadline has passed. Call it
// before Close for a partner that looks at the connection before it looks at the ring, as vchan-socket-proxy does.
func (c *Conn) Drain() error {
	f := &c.writing
	f.mu.Lock()
	defer f.mu.Unlock()
	err := c.await(f, (*ring.Stream).Drained)
	if err == ErrGone { // perhaps it took everything first
		if ok, _ := f.stream.Drained(); ok {
			err = nil
		}
	}
	if err == nil && c.wipes {
		err = f.stream.WipeRead()
	}
	return c.explain("drain", err)
}

// Gone reports whether the partner left, or died. It is for those who neither read nor write for a while: both say so themselves,
// once there is nothing left to read.
func (c *Conn) Gone() bool {
	c.look()
	return !c.here()
}

// Close ends the connection: calls that wait return net.ErrClosed, the partner is told, and what the connection used is given
// back. Pages that the partner still has mapped come back when it lets them go. Closing again does nothing, but waits for the
// first Close.
func (c *Conn) Close() (err error) {
	c.closing.Do(func() { err = c.explain("close", c.close()) })
	return err
}

// abandon gives a connection back that never was one: the shared page may be another's, and is left as it is.
func (c *Conn) abandon() error {
	c.closed.Store(true)
	return c.release()
}

func (c *Conn) close() error {
	c.closed.Store(true)
	c.side.leave()
	told := c.event.Notify()
	if !c.here() {
		told = nil // a partner that is gone cannot be told
	}
	c.bell.Ring()
	if c.wipes {
		c.wipe()
	}
	return both(told, c.release())
}

// SetDeadline sets both deadlines: calls that wait longer return os.ErrDeadlineExceeded. The zero time is never.
func (c *Conn) SetDeadline(t time.Time) error {
	return both(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline sets the deadline of Read, Peek and Discard.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.limit(&c.reading, t) }

// SetWriteDeadline sets the deadline of Write and Drain.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.limit(&c.writing, t) }

func (c *Conn) limit(f *flow, t time.Time) error {
	if c.closed.Load() {
		return c.explain("set", net.ErrClosed)
	}
	f.deadline.set(c.clock, t, c.bell.Ring)
	c.bell.Ring()
	return nil
}

// LocalAddr returns the address of this end.
func (c *Conn) LocalAddr() net.Addr { return c.own }

// RemoteAddr returns the address of the partner.
func (c *Conn) RemoteAddr() net.Addr { return c.other }

// Network returns "vchan".
func (Addr) Network() string { return "vchan" }

// String returns the address as DOMAIN:PATH.
func (a Addr) String() string { return fmt.Sprintf("%d:%s", a.Domain, a.Path) }

// explain wraps an error the way package net does; io.EOF and nil stay what they are.
func (c *Conn) explain(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: "vchan", Source: c.own, Addr: c.other, Err: err}
}
