// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The client's end of a connection. Any goroutine, one at a time.

package clipboard

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Conn is a client's connection to a clipboard.
type Conn struct {
	rw  io.ReadWriter
	tag uint32
}

// NewConn returns a client over a stream, such as a *vchan.Conn to Port.
func NewConn(rw io.ReadWriter) *Conn { return &Conn{rw: rw} }

// Copy copies contents, and returns the number of the copy.
func (c *Conn) Copy(m Meta, contents []byte) (number uint64, err error) {
	switch {
	case len(m.Type) > maxType || len(m.Target) > maxName:
		return 0, ErrInvalid
	case len(contents) > MaxLimit:
		return 0, ErrTooLarge
	}
	head := appendCopyHead(nil, m)
	flags := uint16(0)
	if m.Strip {
		flags = stripFlag
	}
	r, err := c.ask(copyKind, flags, head, contents)
	if err != nil {
		return 0, err
	}
	var b [8]byte
	err = c.body(r, b[:])
	return binary.LittleEndian.Uint64(b[:]), err
}

// Pasted says what Paste got.
type Pasted struct {
	Number uint64 // of the copy
	Type   string
	Source string // name of the domain that copied
	Size   int
}

// Paste pastes into memory, of MaxLimit bytes or more, which the caller overwrites when it needs the contents no longer.
func (c *Conn) Paste(into []byte) (p Pasted, err error) {
	r, err := c.ask(pasteKind, 0)
	if err != nil {
		return p, err
	}
	size, ok := r.size.within(pasteHead, pasteHead+maxType+maxName+len(into))
	if !ok {
		return p, fmt.Errorf("%w: a paste of %d bytes", errMalformed, r.size)
	}
	var b [pasteHead + 2*255]byte
	if _, err := io.ReadFull(c.rw, b[:pasteHead]); err != nil {
		return p, lost(err)
	}
	mime, source := int(b[8]), int(b[9])
	if p.Size = size - pasteHead - mime - source; p.Size < 0 || p.Size > len(into) {
		return p, fmt.Errorf("%w: a paste with a head of % x", errMalformed, b[:pasteHead])
	}
	texts := b[pasteHead : pasteHead+mime+source]
	if _, err := io.ReadFull(c.rw, texts); err != nil {
		return p, lost(err)
	}
	p.Number, p.Type, p.Source = binary.LittleEndian.Uint64(b[:]), string(texts[:mime]), string(texts[mime:])
	if err := (Status{Type: p.Type, Source: p.Source}).check(); err != nil {
		return p, err
	}
	_, err = io.ReadFull(c.rw, into[:p.Size])
	return p, lost(err)
}

// Clear empties the clipboard, if this domain may.
func (c *Conn) Clear() error {
	r, err := c.ask(clearKind, 0)
	if err == nil {
		err = c.body(r, nil)
	}
	return err
}

// Status returns what this domain may know of what is held.
func (c *Conn) Status() (Status, error) { return c.status(0, 0) }

// Wait is Status when what is held is no longer the copy of that number (0: nothing is held), or after half a minute.
func (c *Conn) Wait(number uint64) (Status, error) { return c.status(waitFlag, number) }

func (c *Conn) status(flags uint16, number uint64) (s Status, err error) {
	r, err := c.ask(statusKind, flags, binary.LittleEndian.AppendUint64(nil, number))
	if err != nil {
		return s, err
	}
	var b [statusHead + 3*255]byte
	size, ok := r.size.within(statusHead, len(b))
	if !ok {
		return s, fmt.Errorf("%w: a status of %d bytes", errMalformed, r.size)
	}
	if err := c.body(r, b[:size]); err != nil {
		return s, err
	}
	return parseStatus(b[:size])
}

// ask sends a request and reads the reply's header. A clipboard that refuses may have stopped reading: then its reply is what
// counts.
func (c *Conn) ask(k kind, flags uint16, body ...[]byte) (header, error) {
	c.tag++
	h := header{k, flags, c.tag, 0}
	for _, b := range body {
		h.size += claim(len(b))
	}
	sent := c.send(h, body)
	var b [headerSize]byte
	if _, err := io.ReadFull(c.rw, b[:]); err != nil {
		if sent != nil {
			err = sent
		}
		return header{}, fmt.Errorf("%w: %w", ErrLost, err)
	}
	r, err := parseHeader(b[:])
	switch {
	case err != nil:
		return r, err
	case r.kind != k|replyBit || r.tag != c.tag:
		return r, fmt.Errorf("%w: a reply to another request", errMalformed)
	}
	return r, code(r.flags).err()
}

func (c *Conn) send(h header, body [][]byte) error {
	if _, err := c.rw.Write(h.append(nil)); err != nil {
		return err
	}
	for _, b := range body {
		if _, err := c.rw.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// body reads a reply's body, which must be as long as b.
func (c *Conn) body(r header, b []byte) error {
	if int(r.size) != len(b) {
		return fmt.Errorf("%w: a reply of %d bytes", errMalformed, r.size)
	}
	_, err := io.ReadFull(c.rw, b)
	return lost(err)
}

// ErrLost says that the connection ended before the reply to a request began. A request to paste may have been served.
var ErrLost = errors.New("the clipboard domain did not answer")

// lost explains the end of a connection in the middle of a reply.
func lost(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the connection to the clipboard domain broke in the middle of its reply: %w", err)
}
