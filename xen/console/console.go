// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A connected console as a stream. Any goroutine.

package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"

	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/ring"
	"github.com/domlet/domlet/xen/store"
)

// A reader that does not move for patience looks, look apart, is not waited for.
const (
	look     = 100 * time.Millisecond
	patience = 20
)

// Console is one end of a console. It is an io.ReadWriteCloser; one Read and one
// Write run at a time, further ones wait for their turn.
type Console struct {
	channel *evtchn.Channel
	bell    *evtchn.Bell
	clock   clock.Clock
	release func() error // what Close gives back last
	leave   func()       // stops the watch on the other end

	reading sync.Mutex
	in      *ring.Stream

	writing sync.Mutex // guards what follows
	out     *ring.Stream
	stalled bool   // the reader stands still: drop
	dropped uint64 // bytes, since then
	midline bool   // the last byte written was no newline

	mu  sync.Mutex
	err error // why it has ended
}

// newConsole makes a console of a page and a channel: the domain's end, or the
// other.
func newConsole(clk clock.Clock, mem *grant.Memory, channel *evtchn.Channel, domain bool, release func() error) *Console {
	c := &Console{channel: channel, bell: evtchn.NewBell(channel), clock: clk, release: release, leave: func() {}}
	c.out, c.in = ways(mem, domain)
	return c
}

// Read waits until something has come. When the other end has left it returns
// what there is and then io.EOF.
func (c *Console) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	for {
		seen, ended := c.bell.Rings(), c.ended()
		if errors.Is(ended, fs.ErrClosed) {
			return 0, ended
		}
		n, err := c.in.Move(p)
		if n > 0 {
			err = c.channel.Notify()
		}
		if n > 0 || err != nil || len(p) == 0 {
			return n, c.unlessClosed(err)
		}
		if ended != nil {
			return 0, ended
		}
		if err := c.bell.Wait(seen); err != nil {
			return 0, c.unlessClosed(err)
		}
	}
}

// Write writes all of p, or drops what a reader that stands still does not take.
func (c *Console) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	n := 0
	var err error
	if flows := true; c.stalled {
		if flows, err = c.confess(); !flows && err == nil {
			c.dropped += uint64(len(p))
			return len(p), nil
		}
	}
	if err == nil {
		n, err = c.put(p)
	}
	if err != nil {
		return n, c.unlessClosed(err)
	}
	if n < len(p) {
		c.stalled = true
		c.dropped += uint64(len(p) - n)
	}
	return len(p), nil
}

// put writes p, waiting for room as long as there is progress. It returns how
// much went out.
func (c *Console) put(p []byte) (done int, err error) {
	for still := (standstill{}); done < len(p); {
		seen := c.bell.Rings()
		if err := c.ended(); err != nil {
			return done, err
		}
		n, err := c.out.Move(p[done:])
		if err != nil {
			return done, err
		}
		if done += n; n > 0 {
			c.midline, still = p[done-1] != '\n', standstill{}
			err = c.channel.Notify()
		} else if left := still.look(c.clock.Now()); left > 0 {
			err = c.nap(seen, left)
		} else {
			return done, nil
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// standstill is how long there has been no progress.
type standstill struct {
	looks int
	until time.Time // when the present look ends
}

// look returns how long to wait before the next look, or 0 when it has been long
// enough. Time in which this end was held counts as one look.
func (s *standstill) look(now time.Time) time.Duration {
	if s.until.IsZero() {
		s.until = now.Add(look)
	}
	if !now.Before(s.until) {
		if s.looks++; s.looks == patience {
			return 0
		}
		s.until = now.Add(look)
	}
	return s.until.Sub(now)
}

// nap waits for an event, for that long at most.
func (c *Console) nap(seen uint64, most time.Duration) error {
	t := c.clock.AfterFunc(most, c.bell.Ring)
	defer t.Stop()
	return c.bell.Wait(seen)
}

// confess writes the line that names a loss. False: there is no room for it yet.
func (c *Console) confess() (bool, error) {
	if err := c.ended(); err != nil {
		return false, err
	}
	line := fmt.Sprintf("domlet: console: %d bytes dropped\n", c.dropped)
	if c.midline {
		line = "\n" + line
	}
	if room, err := c.out.Room(); err != nil || int(room) < len(line) {
		return false, err
	}
	_, err := c.put([]byte(line))
	c.stalled, c.dropped = false, 0
	return true, err
}

// ended returns why the console has ended, or nil.
func (c *Console) ended() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// unlessClosed is the error of a step that Close may have interrupted.
func (c *Console) unlessClosed(err error) error {
	if ended := c.ended(); err != nil && errors.Is(ended, fs.ErrClosed) {
		return ended
	}
	return err
}

// end ends the console because of err; that it is closed goes before all else. False:
// it was closed before.
func (c *Console) end(err error) bool {
	c.mu.Lock()
	open := !errors.Is(c.err, fs.ErrClosed)
	if c.err == nil || open && errors.Is(err, fs.ErrClosed) {
		c.err = err
	}
	c.mu.Unlock()
	c.bell.Ring()
	return open
}

// follow ends the console when the other end leaves: when the state in a node is
// that of a device that closes, or is gone.
func (c *Console) follow(s *store.Client, node string) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	c.leave = func() {
		cancel()
		<-done
	}
	go func() {
		defer close(done)
		for state, err := range states(ctx, s, node) {
			if err != nil || !state.alive() {
				c.end(io.EOF)
				return
			}
		}
	}()
}

// Close ends the console; Read and Write that wait return fs.ErrClosed. What was
// written and not yet read is lost with the page.
func (c *Console) Close() error {
	if !c.end(fs.ErrClosed) {
		return fs.ErrClosed
	}
	c.leave()
	return errors.Join(c.channel.Close(), c.release())
}
