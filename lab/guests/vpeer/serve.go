// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Connections one after the other, which the other end may end in any way. On the
// main goroutine.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/domlet/domlet/xen/vchan"
)

// serve makes count connections and echoes what comes, until the partner is gone.
func (e *end) serve(ctx context.Context) error {
	next := e.connect
	if e.listen {
		l, err := e.open(ctx)
		if err != nil {
			return err
		}
		defer l.Close()
		next = l.AcceptContext
	}
	for i := range e.count {
		c, err := next(ctx)
		if err != nil {
			return err
		}
		if err := errors.Join(echo(c), c.Close()); err != nil {
			return err
		}
		fmt.Println("gone", i)
	}
	return nil
}

// echo sends everything back.
func echo(c *vchan.Conn) error {
	_, err := io.Copy(c, c)
	if errors.Is(err, vchan.ErrGone) {
		err = nil
	}
	return err
}

// call sends until somebody ends it, reading what comes back.
func call(c *vchan.Conn, count int) error {
	go io.Copy(io.Discard, c)
	fmt.Println("calling")
	buf := make([]byte, portion)
	return portions(count, func(n int) error {
		_, err := c.Write(buf[:n])
		return err
	})
}
