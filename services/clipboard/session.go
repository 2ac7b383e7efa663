// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The service's end of one connection. A goroutine of the client's slice.

package clipboard

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// Stream is what a session needs of a connection; *vchan.Conn has it.
type Stream interface {
	io.ReadWriter
	// Discard reads n bytes and throws them away.
	Discard(n int) (int, error)
	// Drain waits until the client has read what was written.
	Drain() error
}

// waitAtMost is how long a client waits for a change before it gets an answer.
const waitAtMost = 30 * time.Second

// session is one connection of a client.
type session struct {
	c    *Clipboard
	who  Client
	conn Stream
}

// Serve answers a client's requests until it leaves, breaks the protocol, or its slice ends. Contents go from the connection to
// pages and from pages to the connection, and are nowhere else.
func (c *Clipboard) Serve(who Client, conn Stream) error {
	s := &session{c, who, conn}
	for {
		var b [headerSize]byte
		if _, err := io.ReadFull(conn, b[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := s.turn(b[:]); err != nil {
			return err
		}
	}
}

// turn answers one request. The wait for a change is not the handler's time.
func (s *session) turn(b []byte) error {
	h, err := parseHeader(b)
	if err == nil && h.kind == statusKind {
		return s.status(h)
	}
	over := s.who.Slice.Message()
	return s.who.Slice.Handle(h.kind.String(), func(ctx context.Context) error {
		switch {
		case err != nil:
			return s.give(h, err)
		case over != nil:
			return s.busy(h)
		}
		return s.answer(ctx, h)
	})
}

func (s *session) answer(ctx context.Context, h header) error {
	switch h.kind {
	case copyKind:
		return s.copy(h)
	case pasteKind:
		return s.paste(ctx, h)
	case clearKind:
		return s.clear(ctx, h)
	}
	return s.give(h, fmt.Errorf("%w: %v", errMalformed, h.kind))
}

// reply sends a reply that is no contents. One that refuses has no body.
func (s *session) reply(h header, err error, body []byte) error {
	if err != nil {
		body = nil
	}
	r := header{h.kind | replyBit, uint16(codeOf(err)), h.tag, claim(len(body))}
	_, failed := s.conn.Write(append(r.append(nil), body...))
	return failed
}

// give tells the client why the session ends, which it does.
func (s *session) give(h header, why error) error {
	return errors.Join(why, s.reply(h, why, nil), s.conn.Drain())
}

// refuse answers no, having passed over what is left of the request.
func (s *session) refuse(h header, left int, why error) error {
	if _, err := s.conn.Discard(left); err != nil {
		return err
	}
	return s.reply(h, why, nil)
}

// busy refuses a request beyond the rate, unread.
func (s *session) busy(h header) error {
	size, ok := h.size.within(0, maxPassed)
	if !ok {
		return s.give(h, ErrTooLarge)
	}
	return s.refuse(h, size, ErrBusy)
}

// maxPassed is the longest body that is passed over so that the session goes on. More is not worth reading.
const maxPassed = 4 * maxCopy

// copy takes contents.
func (s *session) copy(h header) error {
	size, ok := h.size.within(copyHead, maxPassed)
	switch {
	case size > maxPassed:
		return s.give(h, ErrTooLarge)
	case !ok:
		return s.give(h, errMalformed)
	case size > maxCopy:
		return s.refuse(h, size, ErrTooLarge)
	}
	var b [copyHead + maxType + maxName]byte
	if _, err := io.ReadFull(s.conn, b[:copyHead]); err != nil {
		return err
	}
	mime, target, rest, err := lengths(b[:], size)
	if err != nil || h.flags&^stripFlag != 0 {
		return s.give(h, errors.Join(errMalformed, err))
	}
	texts := b[copyHead : copyHead+mime+target]
	if _, err := io.ReadFull(s.conn, texts); err != nil {
		return err
	}
	return s.take(h, Meta{string(texts[:mime]), string(texts[mime:]), h.flags&stripFlag != 0}, rest)
}

// take reads contents into fresh pages.
func (s *session) take(h header, m Meta, size int) error {
	k, err := s.c.Begin(s.who, m, size)
	if err != nil {
		return s.refuse(h, size, err)
	}
	if _, err := io.ReadFull(s.conn, k.Bytes()); err != nil {
		k.Cancel(err)
		return err
	}
	number, err := k.Commit(size)
	return s.reply(h, err, binary.LittleEndian.AppendUint64(nil, number))
}

// paste hands contents over. They stay in their pages until the client has read them out of the ring.
func (s *session) paste(ctx context.Context, h header) error {
	if h.size != 0 || h.flags != 0 {
		return s.give(h, fmt.Errorf("%w: a paste with a body or flags", errMalformed))
	}
	p, err := s.c.Paste(ctx, s.who)
	if err != nil {
		return s.reply(h, err, nil)
	}
	defer p.Done()
	if err := s.deliver(h, p); err != nil {
		s.who.Slice.Logf("did not take the whole of its paste of copy %d: %v", p.Number, err)
		return err
	}
	return nil
}

func (s *session) deliver(h header, p *Paste) error {
	head := appendPasteHead(nil, p)
	r := header{h.kind | replyBit, uint16(okCode), h.tag, claim(len(head) + len(p.Bytes()))}
	if _, err := s.conn.Write(append(r.append(nil), head...)); err != nil {
		return err
	}
	if _, err := s.conn.Write(p.Bytes()); err != nil {
		return err
	}
	return s.conn.Drain()
}

func (s *session) clear(ctx context.Context, h header) error {
	if h.size != 0 || h.flags != 0 {
		return s.give(h, fmt.Errorf("%w: a clear with a body or flags", errMalformed))
	}
	return s.reply(h, s.c.Clear(ctx, s.who), nil)
}

// status answers at once, or when something has changed, or after waitAtMost.
func (s *session) status(h header) error {
	known, over, err := s.asked(h)
	if err != nil {
		return err
	}
	if over == nil && h.flags == waitFlag {
		s.wait(known)
	}
	return s.who.Slice.Handle("status", func(ctx context.Context) error {
		if over != nil {
			return s.reply(h, ErrBusy, nil)
		}
		return s.reply(h, nil, appendStatus(nil, s.c.Status(ctx, s.who)))
	})
}

// asked reads the body of a status request, and counts the message.
func (s *session) asked(h header) (known uint64, over, err error) {
	over = s.who.Slice.Message()
	err = s.who.Slice.Handle("status", func(context.Context) error {
		if h.size != 8 || h.flags&^waitFlag != 0 {
			return s.give(h, fmt.Errorf("%w: a status with a body of %d bytes", errMalformed, h.size))
		}
		var b [8]byte
		_, err := io.ReadFull(s.conn, b[:])
		known = binary.LittleEndian.Uint64(b[:])
		return err
	})
	return known, over, err
}

// wait returns when another copy is held than the known one, after waitAtMost, or with the slice.
func (s *session) wait(known uint64) {
	ctx, cancel := context.WithCancel(s.who.Slice.Context())
	defer cancel()
	timer := s.c.o.Clock.AfterFunc(waitAtMost, cancel)
	defer timer.Stop()
	s.c.Wait(ctx, known)
}
