// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A domain's console, read from its terminal in dom0 and handed on. Runs in
// dom0.

package domain

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// How long the console may be silent before something is concluded.
const (
	// patience is how long what may become a last line is kept back from the
	// user, and certainty how long a whole one is: a domain that says it is
	// at its end is down long before, unless its program said so.
	patience  = time.Second
	certainty = 20 * time.Second
	// nap is how long the console is listened to once the domain is down: one of
	// silence follows a last line, and naps anything else. xenconsoled pauses up to
	// 200 ms when a domain writes fast. One long wait would also count the time in
	// which xenconsoled and this process did not get to run.
	nap  = 100 * time.Millisecond
	naps = 10
)

// spool is how many chunks of up to 4 KiB wait for a slow reader of stdout
// before the console is no longer read: 64 MiB. Then xenconsoled's own buffer
// fills, and beyond that it drops the middle.
const spool = 16384

// console passes a domain's output to a writer. Two goroutines do it: one
// reads the terminal, so that xenconsoled never waits, the other writes.
type console struct {
	tty      *os.File
	filter   filter // of the reading goroutine
	chunks   chan []byte
	draining atomic.Bool
	first    atomic.Int64  // when the first byte came, in Unix nanoseconds; 0 before
	done     chan struct{} // closed when all is written; then the fields below hold
	verdict  verdict       // what the last line says
	said     bool          // whether there was one
	broken   chan struct{} // closed when the output cannot be written any more
	err      error         // why; holds once broken is closed
}

// openConsole starts to pass on what comes from the terminal at path.
func openConsole(path string, out io.Writer) (*console, error) {
	tty, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot read the domain's console: %w", err)
	}
	c := &console{
		tty:    tty,
		chunks: make(chan []byte, spool),
		done:   make(chan struct{}),
		broken: make(chan struct{}),
	}
	go c.read()
	go c.write(out)
	return c, nil
}

// read runs until the terminal is gone or, when draining, silent.
func (c *console) read() {
	defer c.end()
	buf, silent := make([]byte, 4096), 0
	for {
		draining := c.draining.Load()
		c.tty.SetReadDeadline(c.deadline(draining))
		if c.draining.Load() != draining {
			continue // drain's own deadline was overwritten
		}
		n, err := c.tty.Read(buf)
		switch {
		case n > 0:
			silent = 0
			c.first.CompareAndSwap(0, time.Now().UnixNano())
			c.send(c.filter.feed(buf[:n]))
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return
		case draining:
			if silent++; silent == naps || c.filter.complete() {
				return
			}
		case !c.draining.Load(): // the time is up; drain would go round again
			c.send(c.filter.release())
		}
	}
}

// deadline returns until when the next read waits; the zero time is for ever.
func (c *console) deadline(draining bool) time.Time {
	switch {
	case draining:
		return time.Now().Add(nap)
	case c.filter.waiting() && c.filter.complete():
		return time.Now().Add(certainty)
	case c.filter.waiting():
		return time.Now().Add(patience)
	}
	return time.Time{}
}

// end understands the last line and lets the writer finish.
func (c *console) end() {
	var rest []byte
	rest, c.verdict, c.said = c.filter.finish()
	c.send(rest)
	close(c.chunks)
}

func (c *console) send(chunk []byte) {
	if len(chunk) == 0 {
		return
	}
	select {
	case c.chunks <- chunk:
	case <-c.broken:
	}
}

// write hands the chunks on; after an error it only takes them.
func (c *console) write(out io.Writer) {
	defer close(c.done)
	for chunk := range c.chunks {
		if c.err != nil {
			continue
		}
		if _, c.err = out.Write(chunk); c.err != nil {
			close(c.broken)
		}
	}
}

// drain is called once the domain is down: read what is left, then end.
func (c *console) drain() {
	c.draining.Store(true)
	c.tty.SetReadDeadline(time.Now())
}

// close ends reading at once. Nobody waits for the writer, whose own reader
// may have stopped taking anything.
func (c *console) close() { c.tty.Close() }
