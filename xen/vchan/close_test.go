// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A connection that is closed between two steps of a call. Host.

package vchan

import (
	"errors"
	"net"
	"testing"

	"github.com/domlet/domlet/xen/clock"
)

// trapped is memory that, when a word is read, is closed first: words are 0 then.
type trapped struct {
	*plain
	spring func()
	closed bool
}

func (m *trapped) Load32(off uint32) uint32 {
	if m.spring(); m.closed {
		return 0
	}
	return m.plain.Load32(off)
}

// TestClosedInTheMiddle: a call that Close finds at work says that the connection is closed, whichever word it reads next. It
// neither blames the partner nor takes the end for the partner's.
func TestClosedInTheMiddle(t *testing.T) {
	for name, call := range map[string]func(c *Conn) error{
		"read":    func(c *Conn) error { _, err := c.Read(make([]byte, 5)); return err },
		"write":   func(c *Conn) error { _, err := c.Write(make([]byte, 5000)); return err },
		"peek":    func(c *Conn) error { return c.Peek(func([]byte) {}) },
		"discard": func(c *Conn) error { _, err := c.Discard(5000); return err },
		"drain":   func(c *Conn) error { return c.Drain() },
	} {
		for _, start := range []uint32{0, 5000} {
			for looks := range 8 {
				p := newPair(orders{10, 11}, start)
				page := &trapped{plain: p.page, spring: func() {}}
				c := newConn(newServer(page, p.orders, rings{page, page}), restless{}, clock.System{}, func() error {
					page.closed = true
					return nil
				})
				c.writing.stream.Move([]byte("not read"))
				left := looks
				page.spring = func() {
					if left--; left < 0 {
						page.spring = func() {}
						c.Close()
					}
				}
				if err := call(c); !errors.Is(err, net.ErrClosed) {
					t.Errorf("%s at %d, closed after %d looks: %v", name, start, looks, err)
				}
			}
		}
	}
}
