// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Streams: what a client asks for, and bytes that both ends know. On goroutines.

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// Kinds of requests on the port for streams: one byte, and eight with a number.
const (
	kindUp    = 'u' // that many bytes come, and are answered by one
	kindDown  = 'd' // that many bytes are sent
	kindEcho  = 'e' // what comes goes back, until the client has no more
	kindHold  = 'h' // what comes is not read, for so many nanoseconds
	kindCount = 'n' // how many datagrams came since this was last asked
	kindSend  = 's' // datagrams are sent: their size, and for how long in ms
)

// period is the length of the pattern, a prime so that no buffer's or page's
// length divides it.
const period = 65521

// pattern is what a stream carries, more than a period's length of it.
var pattern = func() []byte {
	b := make([]byte, 2*period)
	for i := range b {
		b[i] = byte(i % period * 131 >> 3)
	}
	return b
}()

// sendPattern sends the first n bytes of it.
func sendPattern(c io.Writer, n int64) error {
	for at := int64(0); at < n; {
		from := at % period
		k, err := c.Write(pattern[from : from+min(period, n-at)])
		if at += int64(k); err != nil {
			return err
		}
	}
	return nil
}

// errOther says that other bytes came.
var errOther = errors.New("other bytes came than were sent")

// wantPattern reads the first n bytes of it.
func wantPattern(c io.Reader, n int64) error {
	b := make([]byte, 64<<10)
	for at := int64(0); at < n; {
		k, err := c.Read(b[:min(int64(len(b)), n-at)])
		if !isPattern(b[:k], int(at%period)) {
			return fmt.Errorf("%w, between %d and %d", errOther, at, at+int64(k))
		}
		if at += int64(k); err != nil && at < n {
			return fmt.Errorf("after %d of %d bytes: %w", at, n, err)
		}
	}
	return nil
}

// isPattern reports whether b is the pattern from an offset below period on.
func isPattern(b []byte, from int) bool {
	for len(b) > 0 {
		n := min(len(b), len(pattern)-from)
		if !bytes.Equal(b[:n], pattern[from:from+n]) {
			return false
		}
		b, from = b[n:], (from+n)%period
	}
	return true
}

// ask opens a connection and makes a request.
func ask(host string, kind byte, n int64) (net.Conn, error) {
	c, err := net.DialTimeout("tcp", net.JoinHostPort(host, streamPort), time.Minute)
	if err != nil {
		return nil, err
	}
	if _, err := c.Write(binary.BigEndian.AppendUint64([]byte{kind}, uint64(n))); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// stream moves bytes one way, or there and back, and says how long that took.
func stream(kind byte, args []string) error {
	n, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return err
	}
	c, err := ask(args[0], kind, n)
	if err != nil {
		return err
	}
	defer c.Close()
	start := time.Now()
	switch kind {
	case kindUp:
		err = sendPattern(c, n)
		if err == nil {
			_, err = io.ReadFull(c, make([]byte, 1))
		}
	case kindDown:
		err = wantPattern(c, n)
	case kindEcho:
		err = thereAndBack(c, n)
	}
	fmt.Printf("bytes=%d ns=%d\n", n, time.Since(start).Nanoseconds())
	return err
}

// thereAndBack sends n bytes, half closes, and wants them back, and no more.
func thereAndBack(c net.Conn, n int64) error {
	sent := make(chan error, 1)
	go func() { sent <- errors.Join(sendPattern(c, n), c.(*net.TCPConn).CloseWrite()) }()
	err := errors.Join(wantPattern(c, n), <-sent)
	if k, end := c.Read(make([]byte, 1)); err == nil && (k != 0 || end != io.EOF) {
		err = fmt.Errorf("no end after %d bytes: %w", n, end)
	}
	return err
}

// steady says a line ten times a second on one connection, and wants it back each
// time, however long that takes.
func steady(args []string) error {
	d, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	c, err := ask(args[0], kindEcho, 0)
	if err != nil {
		return err
	}
	defer c.Close()
	back := make([]byte, 8)
	for i, end := uint64(0), time.Now().Add(d); time.Now().Before(end); i++ {
		if _, err := c.Write(binary.BigEndian.AppendUint64(nil, i)); err != nil {
			return err
		}
		if _, err := io.ReadFull(c, back); err != nil || binary.BigEndian.Uint64(back) != i {
			return fmt.Errorf("line %d: %x came back, %w", i, back, err)
		}
		fmt.Println("line", i)
		time.Sleep(100 * time.Millisecond)
	}
	return nil
}
