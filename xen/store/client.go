// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The connection: requests out, answers back to whoever asked. Any goroutine.

package store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"

	"github.com/domlet/domlet/xen/abi"
)

// MaxOutstanding is how many requests of a connection may be without an answer;
// xenstored reads no further ones of a domain that has as many.
const MaxOutstanding = 20

// Client is a connection to xenstored.
type Client struct {
	Nodes // outside of any transaction

	conn    io.ReadWriteCloser
	options Options

	in  *bufio.Reader // belongs to the goroutine that reads
	out []byte        // belongs to the goroutine that writes

	mu      sync.Mutex // covers what follows
	err     error      // why the connection ended
	reading bool       // a goroutine reads
	writing bool       // a goroutine writes
	queue   []*request // not yet sent
	flight  map[uint32]*request
	lastID  uint32
	watches watches
	domid   abi.Domid_t // as it was when somebody asked last
	asked   bool
}

// request is one request on its way.
type request struct {
	message
	done chan struct{} // closed when the answer is there
	left bool          // who asked waits no longer

	// Valid when done is closed.
	reply []byte
	name  string // of xenstored's error; empty: there is none
	err   error  // of the connection

	// answered, if not nil, runs when the answer comes, with Client.mu held.
	answered func(r *request)
}

// New returns a client that speaks over conn. Each message is written with one
// call of Write.
func New(conn io.ReadWriteCloser, o Options) *Client {
	if o.Outstanding == 0 {
		o.Outstanding = MaxOutstanding
	}
	if o.Payload == 0 {
		o.Payload = abi.XENSTORE_PAYLOAD_MAX
	}
	c := &Client{conn: conn, options: o, in: bufio.NewReader(conn), flight: map[uint32]*request{}}
	c.Nodes = Nodes{c: c}
	c.watches.init()
	return c
}

// Close ends the connection. What waits for an answer or for a watch fails with
// fs.ErrClosed.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return nil
	}
	return c.fail(fmt.Errorf("xenstore: %w", fs.ErrClosed))
}

// fail ends the connection because of err. c.mu is held.
func (c *Client) fail(err error) error {
	if c.err != nil {
		return nil
	}
	c.err = err
	for _, r := range c.queue {
		r.finish(nil, "", err)
	}
	for _, r := range c.flight {
		r.finish(nil, "", err)
	}
	c.queue, c.flight = nil, nil
	c.watches.wakeAll()
	return c.conn.Close()
}

// garbled ends the connection because an answer cannot be read.
func (c *Client) garbled(kind uint32, payload []byte) error {
	err := fmt.Errorf("xenstore: %s: xenstored's answer makes no sense: %.40q", opName(kind), payload)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail(err)
	return err
}

// call sends a request and waits for its answer.
func (c *Client) call(ctx context.Context, r *request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.submitAll([]*request{r})
	return c.await(ctx, r)
}

// await waits for the answer to a request.
func (c *Client) await(ctx context.Context, r *request) error {
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		if c.leave(r) {
			return r.err
		}
		return ctx.Err()
	}
}

func newRequest(kind, tx uint32, payload []byte) *request {
	return &request{message: message{kind: kind, tx: tx, payload: payload}, done: make(chan struct{})}
}

// submitAll queues requests, with nobody else's in between.
func (c *Client) submitAll(rs []*request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range rs {
		c.submit(r)
	}
}

// submit queues a request. c.mu is held.
func (c *Client) submit(r *request) {
	if c.err != nil {
		r.finish(nil, "", c.err)
		return
	}
	c.queue = append(c.queue, r)
	c.start()
}

// leave gives a request up. True: its answer has come.
func (c *Client) leave(r *request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-r.done:
		return true
	default:
	}
	r.left = true
	c.queue = slices.DeleteFunc(c.queue, func(q *request) bool { return q == r })
	return false
}

// leaveAll gives up requests that nobody waits for yet.
func (c *Client) leaveAll(rs []*request) {
	for _, r := range rs {
		c.leave(r)
	}
}

// sent reports whether a request has gone out.
func (c *Client) sent(r *request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return r.id != 0
}

// start sees to it that goroutines write and read while they have to. c.mu is
// held.
func (c *Client) start() {
	if !c.writing && c.sendable() {
		c.writing = true
		go c.write()
	}
	if !c.reading && c.expecting() {
		c.reading = true
		c.listening(true)
		go c.read()
	}
}

func (c *Client) sendable() bool { return len(c.queue) > 0 && len(c.flight) < c.options.Outstanding }

func (c *Client) expecting() bool { return len(c.flight) > 0 || c.watches.any() }

func (c *Client) listening(yes bool) {
	if c.options.Listening != nil {
		c.options.Listening(yes)
	}
}

func (c *Client) write() {
	for c.takeNext() {
		if _, err := c.conn.Write(c.out); err != nil && !c.refused(err) {
			c.mu.Lock()
			c.fail(fmt.Errorf("xenstore: writing: %w", err))
			c.mu.Unlock()
			return
		}
	}
}

// refused takes an error of Write for xenstored's answer to what was written, where
// it is one.
func (c *Client) refused(err error) bool {
	if c.options.Refused == nil {
		return false
	}
	name := c.options.Refused(err)
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.flight[c.lastID]; r != nil && name != "" { // the latest was written
		delete(c.flight, c.lastID)
		r.finish(nil, name, nil)
	}
	return name != ""
}

// takeNext puts the next message into c.out. False: there is nothing to send.
func (c *Client) takeNext() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writing = c.sendable(); !c.writing {
		return false
	}
	r := c.queue[0]
	c.queue = slices.Delete(c.queue, 0, 1)
	r.id = c.newID()
	c.flight[r.id] = r
	c.out = appendMessage(c.out[:0], r.message)
	c.start()
	return true
}

// newID returns a number that no outstanding request has, neither 0 nor a
// stranger's.
func (c *Client) newID() uint32 {
	for {
		c.lastID = (c.lastID + 1) % FirstStranger
		if _, taken := c.flight[c.lastID]; !taken && c.lastID != 0 {
			return c.lastID
		}
	}
}

func (c *Client) read() {
	for c.wanted() {
		if _, err := c.in.Peek(1); err != nil { // between two messages
			c.over(err)
			return
		}
		m, cut := readMessage(c.in)
		c.mu.Lock()
		err := cut
		if err == nil {
			err = c.deliver(m)
		}
		if err != nil {
			c.fail(err)
		}
		c.mu.Unlock()
		if cut != nil {
			return // nobody can read on from here
		}
	}
}

// wanted reports whether the goroutine that reads has to go on. What it has read
// ahead it has to deliver, and the end of the connection it has to come to.
func (c *Client) wanted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reading = c.err != nil || c.expecting() || c.in.Buffered() > 0; !c.reading {
		c.listening(false)
	}
	return c.reading
}

// over is the end of the stream behind a whole message, by Close or by itself:
// somebody else may go on reading there.
func (c *Client) over(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail(ended(err))
	c.listening(false)
}

// deliver gives a message to whom it is for. c.mu is held.
func (c *Client) deliver(m message) error {
	if c.options.Stranger != nil && c.strange(m) {
		c.options.Stranger(m.kind, m.id, m.payload)
		return nil
	}
	if m.kind == abi.XS_WATCH_EVENT {
		return c.watches.fire(m.payload)
	}
	r := c.flight[m.id]
	if r == nil || m.tx != r.tx || m.kind != r.kind && m.kind != abi.XS_ERROR {
		return fmt.Errorf("xenstore: xenstored sent an answer (type %d, request %d) to nothing that was asked", m.kind, m.id)
	}
	name := ""
	if m.kind == abi.XS_ERROR {
		var ok bool
		if name, ok = errorName(m.payload); !ok {
			return fmt.Errorf("xenstore: %s: xenstored sent an error without a name", opName(r.kind))
		}
	}
	delete(c.flight, m.id)
	r.finish(m.payload, name, nil)
	c.start()
	return nil
}

// strange reports whether a message is for somebody else. Tokens of watches are
// numbers here.
func (c *Client) strange(m message) bool {
	if m.kind != abi.XS_WATCH_EVENT {
		return m.id >= FirstStranger
	}
	words, ok := splitList(m.payload)
	return ok && len(words) == 2 && (words[1] == "" || words[1][0] > '9')
}

func (r *request) finish(reply []byte, name string, err error) {
	r.reply, r.name, r.err = reply, name, err
	close(r.done)
	if r.answered != nil {
		r.answered(r)
	}
}
