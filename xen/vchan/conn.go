// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A connection as Go knows it: net.Conn, and what a ring in shared memory allows besides. Any goroutine.

package vchan

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/ring"
)

// ErrGone says that the partner closed the connection, or died, and will not read what is written.
var ErrGone = errors.New("the partner closed the connection or is gone")

// channel is what a connection asks of its event channel; *evtchn.Channel has it.
type channel interface {
	evtchn.Source
	Wait(ctx context.Context) error
	Notify() error
	Port() evtchn.Port
	Status() (evtchn.Status, error)
	Close() error
}

// closedError makes the error of a closed event channel that of package net.
func closedError(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return net.ErrClosed
	}
	return err
}

// Conn is one end of a vchan: a stream of bytes in each direction. It is a net.Conn; several goroutines may use it.
//
// What the partner wrote before it left is read before io.EOF. Close does not wait for the partner: see Drain.
type Conn struct {
	side             *side
	event            channel
	bell             *evtchn.Bell
	clock            clock.Clock
	reading, writing flow
	closed           atomic.Bool
	lost             atomic.Bool // the partner is gone: it stays so, whatever its live byte says later
	nudge            atomic.Bool // the next patrol notifies the partner, once
	wipes            bool        // Rings.Overwrite
	closing          sync.Once
	own, other       Addr
	release          func() error // gives the channel, pages and mappings back
}

// flow is one direction of a connection.
type flow struct {
	mu       sync.Mutex // held by the call that moves bytes
	stream   *ring.Stream
	asks     uint32 // bit that asks the partner for an event when this direction can go on
	tells    uint32 // bit by which the partner asked for the same
	deadline deadline
}

// Addr is the address of an end: a domain, and the path in xenstore at which both ends meet.
type Addr struct {
	Domain abi.Domid_t
	Path   string
}

// newConn makes a connection of a side whose partner is there.
func newConn(s *side, event channel, clk clock.Clock, release func() error) *Conn {
	c := &Conn{side: s, event: event, bell: evtchn.NewBell(event), clock: clk, release: release}
	c.bell.Attended = (&patrol{clock: clk, round: c.round, bell: c.bell}).start
	c.reading.stream, c.reading.asks, c.reading.tells = s.in, whenWritten, whenRead
	c.writing.stream, c.writing.asks, c.writing.tells = s.out, whenRead, whenWritten
	return c
}

// round is what the patrol does: it looks after the partner.
//
// A client that has waited for a second also notifies its server once. Some servers, vchan-socket-proxy among them, take the
// event of a client's arrival and the event of its first bytes, which may be one, for the former, and then sleep on the latter.
func (c *Conn) round() (over bool) {
	if c.nudge.Swap(false) {
		c.event.Notify()
	}
	return c.look()
}

// look sees whether the partner is half dead: it left and no event told of it, or its domain is gone and took nothing back. Xen
// knows whether it still holds its end of the event channel.
func (c *Conn) look() (over bool) {
	st, err := c.event.Status()
	if err == nil && st.Kind != evtchn.Interdomain {
		c.lost.Store(true)
	}
	if !c.here() {
		c.bell.Ring()
	}
	return c.lost.Load() || c.closed.Load()
}

// here reports whether the partner is there. One that left never comes back, lest it make a reader wait for a byte that it
// takes away again.
func (c *Conn) here() bool {
	if c.side.partner() == gone {
		c.lost.Store(true)
	}
	return !c.lost.Load()
}

// stopped is why no byte may be moved in this direction.
func (c *Conn) stopped(f *flow) error {
	switch {
	case c.closed.Load():
		return net.ErrClosed
	case f.deadline.passed.Load():
		return os.ErrDeadlineExceeded
	}
	return nil
}

// try reports whether the direction can do what is wanted of its stream. The partner's life is looked at before its index:
// what it wrote before it left is then seen.
func (c *Conn) try(f *flow, want func(*ring.Stream) (bool, error)) (bool, error) {
	if err := c.stopped(f); err != nil {
		return false, err
	}
	here := c.here()
	if !here && f == &c.writing {
		return false, ErrGone
	}
	ok, err := want(f.stream)
	if err == nil && !ok && !here {
		return false, io.EOF
	}
	return ok, err
}

// await returns when the direction can do what is wanted, or with the reason why it never will. Its lock is held.
func (c *Conn) await(f *flow, want func(*ring.Stream) (bool, error)) error {
	ok, err := c.try(f, want)
	for !ok && err == nil {
		seen := c.bell.Rings()
		c.side.request(f.asks)
		if ok, err = c.try(f, want); ok || err != nil {
			break
		}
		err = closedError(c.bell.Wait(seen))
	}
	return c.unlessClosed(err)
}

// moved tells the partner of bytes that were moved, if it wants to know.
func (c *Conn) moved(f *flow, n int) error {
	if n > 0 && c.side.owed(f.tells) {
		return c.event.Notify()
	}
	return nil
}

// Read reads up to len(p) bytes, at least one. The error is io.EOF when the partner left and all was read, and a
// *net.OpError otherwise.
func (c *Conn) Read(p []byte) (int, error) {
	f := &c.reading
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(p) == 0 {
		return 0, c.explain("read", c.stopped(f))
	}
	for {
		if err := c.await(f, (*ring.Stream).Some); err != nil {
			return 0, c.explain("read", err)
		}
		n, err := c.transfer(f, p) // none where the partner has taken its index back
		if n > 0 || err != nil {
			return n, c.explain("read", err)
		}
	}
}

// Write writes all of p, unless it returns an error; the partner may have read the part that was written. The error is a
// *net.OpError, around ErrGone where the partner left.
func (c *Conn) Write(p []byte) (int, error) {
	f := &c.writing
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(p) == 0 {
		return 0, c.explain("write", c.stopped(f))
	}
	for done := 0; ; {
		if err := c.await(f, (*ring.Stream).Some); err != nil {
			return done, c.explain("write", err)
		}
		n, err := c.transfer(f, p[done:])
		done += n
		if err != nil || done == len(p) {
			return done, c.explain("write", err)
		}
	}
}

// transfer moves bytes between p and the ring.
func (c *Conn) transfer(f *flow, p []byte) (int, error) {
	n, err := f.stream.Move(p)
	if err == nil {
		err = c.moved(f, n)
	}
	return n, c.unlessClosed(err)
}

// unlessClosed is the error of a step that Close may have interrupted: memory that is closed looks like that of a partner that
// is gone, or lies.
func (c *Conn) unlessClosed(err error) error {
	if c.closed.Load() {
		return net.ErrClosed
	}
	return err
}
