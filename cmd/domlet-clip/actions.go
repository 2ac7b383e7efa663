// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the command does over a connection. On the main goroutine.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/domlet/domlet/services/clipboard"
	"github.com/domlet/domlet/xen/pages"
)

// room returns memory for contents and one byte more, outside the Go heap, and what overwrites it.
func room() (mem []byte, free func(), err error) {
	mem = pages.Local().Alloc(pages.For(clipboard.MaxLimit + 1))
	if mem == nil {
		return nil, nil, errors.New("there is no memory for the contents")
	}
	return mem, func() { pages.Local().Free(mem) }, nil
}

func (c *clip) copy(ctx context.Context) error {
	mem, free, err := room()
	if err != nil {
		return err
	}
	defer free()
	n, err := fill(mem[:clipboard.MaxLimit+1], c.in)
	switch {
	case err != nil:
		return fmt.Errorf("standard input: %w", err)
	case n > clipboard.MaxLimit:
		return fmt.Errorf("%w: no domain may copy more than %d bytes", clipboard.ErrTooLarge, clipboard.MaxLimit)
	}
	if c.meta.Type == "" {
		c.meta.Type = typeOf(mem[:n])
	}
	return c.with(ctx, false, func(conn *clipboard.Conn) error {
		_, err := conn.Copy(c.meta, mem[:n])
		return err
	})
}

// chunk is how much goes through memory of Go's at a time: system calls of a domain know no other.
const chunk = 4096

// fill reads until the end, or until mem is full.
func fill(mem []byte, from io.Reader) (done int, err error) {
	buf := make([]byte, chunk)
	defer clear(buf)
	for done < len(mem) && err == nil {
		var n int
		n, err = from.Read(buf[:min(chunk, len(mem)-done)])
		done += copy(mem[done:], buf[:n])
	}
	if err == io.EOF {
		err = nil
	}
	return done, err
}

// pour writes all of mem.
func pour(to io.Writer, mem []byte) error {
	buf := make([]byte, chunk)
	defer clear(buf)
	for len(mem) > 0 {
		n := copy(buf, mem)
		if _, err := to.Write(buf[:n]); err != nil {
			return err
		}
		mem = mem[n:]
	}
	return nil
}

// typeOf guesses a MIME type.
func typeOf(contents []byte) string {
	if utf8.Valid(contents) {
		return "text/plain;charset=utf-8"
	}
	return "application/octet-stream"
}

func (c *clip) paste(ctx context.Context) error {
	mem, free, err := room()
	if err != nil {
		return err
	}
	defer free()
	var p clipboard.Pasted
	err = c.with(ctx, false, func(conn *clipboard.Conn) error {
		if p, err = conn.Paste(mem); err == nil {
			conn.Status() // is answered when the clipboard has forgotten: then this program may end, whatever the answer
		}
		return err
	})
	if err == nil {
		err = pour(c.out, mem[:p.Size])
	}
	return err
}

func (c *clip) clear(ctx context.Context) error {
	return c.with(ctx, false, (*clipboard.Conn).Clear)
}

func (c *clip) status(ctx context.Context) error {
	return c.with(ctx, false, func(conn *clipboard.Conn) error {
		s, err := conn.Status()
		if err != nil {
			return err
		}
		return c.print(s)
	})
}

// print prints a status as one line.
func (c *clip) print(s clipboard.Status) error {
	words := []string{s.State.String()}
	if s.State != clipboard.Empty {
		words = append(words, fmt.Sprint("number=", s.Change))
	}
	if s.State == clipboard.Available {
		words = append(words, fmt.Sprint("bytes=", s.Size), "type="+s.Type, "from="+s.Source)
		if s.Target != "" {
			words = append(words, "for="+s.Target)
		}
		words = append(words, fmt.Sprint("left=", s.Left.Round(time.Second)))
	}
	_, err := fmt.Fprintln(c.out, strings.Join(words, " "))
	return err
}

// watch prints the status now and with every change, over as many connections as it takes.
func (c *clip) watch(ctx context.Context) error {
	for {
		err := c.with(ctx, true, c.follow)
		if !errors.Is(err, clipboard.ErrLost) || ctx.Err() != nil {
			return err
		}
	}
}

// follow prints the status and its changes until the connection ends.
func (c *clip) follow(conn *clipboard.Conn) error {
	s, err := conn.Status()
	for err == nil {
		if err = c.print(s); err == nil {
			s, err = c.next(conn, s.Change)
		}
	}
	return err
}

// next waits until something else is held.
func (c *clip) next(conn *clipboard.Conn, number uint64) (clipboard.Status, error) {
	for {
		s, err := conn.Wait(number)
		if err != nil || s.Change != number {
			return s, err
		}
	}
}
