// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// One connection: bytes in, requests served, bytes out. Host; the daemon's lock
// is held except where a method takes it.

package xenstored

import (
	"encoding/binary"
	"io"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/domlet/domlet/xen/abi"
)

// headerSize is the size of xsd_sockmsg in bytes.
const headerSize = 16

// conn is a connection.
type conn struct {
	d            *Daemon
	id           abi.Domid_t
	in, out      []byte
	readable     sync.Cond
	closed       bool
	watches      []watch
	transactions map[uint32]*view
}

// request is one message from a client.
type request struct {
	kind, id, tx uint32
	payload      []byte
}

// Read waits for something to read.
func (c *conn) Read(p []byte) (int, error) {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	for len(c.out) == 0 && !c.closed && len(p) > 0 {
		c.readable.Wait()
	}
	if len(c.out) == 0 && c.closed {
		return 0, io.EOF
	}
	n := copy(p, c.out)
	c.out = slices.Delete(c.out, 0, n)
	return n, nil
}

// Write takes bytes and serves the requests that they complete, when as much time has passed as they take.
func (c *conn) Write(p []byte) (int, error) {
	time.Sleep(c.d.pace())
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	if c.closed {
		return 0, fs.ErrClosed
	}
	c.in = append(c.in, p...)
	c.serve()
	return len(p), nil
}

// Close ends the connection, with its watches and transactions.
func (c *conn) Close() error {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	c.end()
	return nil
}

func (c *conn) end() {
	c.closed = true
	c.readable.Broadcast()
	c.d.conns = slices.DeleteFunc(c.d.conns, func(o *conn) bool { return o == c })
}

// serve serves the whole requests that have come. A payload over the limit ends
// the connection.
func (c *conn) serve() {
	for !c.d.stopped && !c.closed && len(c.in) >= headerSize {
		word := func(i int) uint32 { return binary.LittleEndian.Uint32(c.in[4*i:]) }
		r := request{kind: word(0), id: word(1), tx: word(2)}
		n := word(3)
		if n > abi.XENSTORE_PAYLOAD_MAX {
			c.end()
			return
		}
		if len(c.in) < headerSize+int(n) {
			return
		}
		r.payload = slices.Clone(c.in[headerSize : headerSize+n])
		c.in = slices.Delete(c.in, 0, headerSize+int(n))
		c.answer(r)
	}
}

// send appends a message to what the client will read.
func (c *conn) send(kind, id, tx uint32, payload string) {
	for _, v := range [...]uint32{kind, id, tx, uint32(len(payload))} {
		c.out = binary.LittleEndian.AppendUint32(c.out, v)
	}
	c.out = append(c.out, payload...)
	c.readable.Broadcast()
}
