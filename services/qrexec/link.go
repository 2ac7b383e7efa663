// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// One end of a data connection: HELLO, messages out, headers in. One goroutine reads, any writes.

package qrexec

import (
	"bufio"
	"context"
	"io"
	"net"
	"sync"

	"github.com/domlet/domlet/services/qrexec/crew"
	"github.com/domlet/domlet/services/qrexec/wire"
)

// Sizes in bytes of what a connection keeps in memory. A message that fits in scratch goes out in one piece.
const (
	scratchSize = 4096
	readAhead   = 1024
	largest     = 65536 - wire.HeaderSize // of a message, so that it fits in the largest ring with its header
)

// link is one end of a data connection.
type link struct {
	conn net.Conn
	data *wire.Data
	in   *bufio.Reader

	writing sync.Mutex // held while a message is written
	scratch []byte
	broken  error // why nothing can be written any more; what the other end wrote before can still be read
}

// greet makes a link of a connection: each end sends HELLO at once and reads the other one's. The context's end ends that.
func greet(ctx context.Context, start func(func()), conn net.Conn, end wire.End, version uint32) (*link, error) {
	stop := crew.When(ctx, start, func() { conn.Close() })
	defer stop()
	l := &link{conn: conn, data: wire.NewData(end, version), in: bufio.NewReaderSize(conn, readAhead)}
	if err := l.hello(); err != nil {
		conn.Close()
		return nil, because(ctx, err)
	}
	return l, nil
}

func (l *link) hello() error {
	if _, err := l.conn.Write(l.data.Hello().Append(nil)); err != nil {
		return err
	}
	if _, err := l.next(); err != nil {
		return err
	}
	var body [4]byte
	if _, err := io.ReadFull(l.in, body[:]); err != nil {
		return err
	}
	return l.data.Greet(body)
}

// next reads a header.
func (l *link) next() (wire.Part, error) {
	var b [wire.HeaderSize]byte
	if _, err := io.ReadFull(l.in, b[:]); err != nil {
		return wire.Part{}, err
	}
	return l.data.Next(wire.ParseHeader(&b))
}

// drop reads n bytes for nobody.
func (l *link) drop(n int) error {
	_, err := l.in.Discard(n)
	return err
}

// send sends bytes in messages of a type, and one that ends the stream for no bytes. It waits while the other end does not
// read.
func (l *link) send(t wire.Type, p []byte) (n int, err error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	limit := min(wire.ChunkLimit(l.data.Version()), largest)
	for {
		k := min(len(p)-n, limit)
		if err := l.message(t, p[n:n+k]); err != nil {
			return n, err
		}
		if n += k; n == len(p) {
			return n, nil
		}
	}
}

// message sends one message. After an error, when the other end may have half of it, no other one follows.
func (l *link) message(t wire.Type, p []byte) error {
	if l.broken != nil {
		return l.broken
	}
	if l.scratch == nil {
		l.scratch = make([]byte, 0, scratchSize)
	}
	first := min(len(p), scratchSize-wire.HeaderSize)
	_, l.broken = l.conn.Write(append(wire.AppendHeader(l.scratch, t, len(p)), p[:first]...))
	if l.broken == nil && first < len(p) {
		_, l.broken = l.conn.Write(p[first:])
	}
	return l.broken
}

// exit sends the exit code.
func (l *link) exit(code int) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	if l.broken == nil {
		_, l.broken = l.conn.Write(wire.AppendExitCode(nil, code))
	}
	return l.broken
}
