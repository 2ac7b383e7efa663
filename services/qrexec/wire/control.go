// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// One end of a control connection: what may come when. One goroutine.

package wire

import (
	"fmt"
	"io"
)

// Role is an end of a control connection.
type Role int

// The two ends.
const (
	Agent  Role = iota // in the domain: asks and serves; speaks first
	Daemon             // who decides
)

// Control is one end of a control connection. It sees every message that comes, in order.
type Control struct {
	role    Role
	own     uint32 // the newest version spoken here
	told    uint32 // the other end's version
	version uint32 // what both speak; 0 before HELLO
}

// NewControl returns an end of a new connection that speaks versions up to own.
func NewControl(role Role, own uint32) *Control { return &Control{role: role, own: own} }

// Version returns the version that both ends speak, 0 before the other one's HELLO.
func (c *Control) Version() uint32 { return c.version }

// Hello returns this end's first message: an agent's at once, a daemon's when it has the agent's, whose version it repeats.
func (c *Control) Hello() *Message {
	if c.role == Daemon {
		return &Message{Type: Hello, Version: c.told}
	}
	return &Message{Type: Hello, Version: c.own}
}

// Admit looks at a header before its body is read, and returns how many bytes that has.
func (c *Control) Admit(h Header) (int, error) {
	low, high, ok := limits(h.Type)
	if !ok {
		return 0, h.misplaced("on a control connection")
	}
	if err := h.inOrder(c.version != 0); err != nil {
		return 0, err
	}
	if err := c.fits(h); err != nil {
		return 0, err
	}
	return int(h.len), h.within(low, high)
}

// fits wants a type that the other end sends in this version.
func (c *Control) fits(h Header) error {
	fromAgent := false
	switch h.Type {
	case Hello:
		return nil
	case ConnectionTerminated:
		fromAgent = true
	case TriggerService, TriggerService3, TriggerService4:
		if fromAgent = true; !c.knows(h.Type) {
			return h.misplaced(fmt.Sprintf("in version %d", c.version))
		}
	}
	if fromAgent != (c.role == Daemon) {
		return h.misplaced("from that end")
	}
	return nil
}

// knows reports whether a request may have this form: the first only in version 2, the second since 3, the third since 4.
func (c *Control) knows(t Type) bool {
	switch t {
	case TriggerService:
		return c.version < 3
	case TriggerService3:
		return c.version >= 3
	}
	return c.version >= 4
}

// Receive takes a message apart whose header was admitted.
func (c *Control) Receive(h Header, body []byte) (Message, error) {
	m, err := parse(h, body)
	if err == nil && h.Type == Hello {
		c.told = m.Version
		c.version, err = agree(c.own, m.Version)
	}
	return m, err
}

// Read reads the next message. It takes no more bytes than that has, and allocates none before the length was looked at.
func (c *Control) Read(r io.Reader) (Message, error) {
	var b [HeaderSize]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return Message{}, err
	}
	h := ParseHeader(&b)
	n, err := c.Admit(h)
	if err != nil {
		return Message{}, err
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return Message{}, cut(err)
	}
	return c.Receive(h, body)
}

// cut is the error of a message that ends in the middle.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
