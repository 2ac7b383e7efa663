// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A client and a server that lie, and what becomes of those they lie to. Host,
// Linux, and domains; on goroutines.

package vchantest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/vchan"
)

// Offsets into the shared page, from io/libxenvchan.h.
const (
	leftProd = 4
	sizesAt  = 16
	livesAt  = 20
)

// soon is long enough for the other half to have begun what it said it would.
const soon = 20 * time.Millisecond

// lies are the orders that no client may believe.
var lies = []uint32{0, 9 | 11<<16, 21 | 11<<16, 10 | 10<<16, 11 | 11<<16, 10 | 20<<16, 1<<32 - 1}

// deceived is a server whose client says that it has written 2 GiB, and one whose
// client leaves without an event; then it is a client whose server has impossible
// rings. Each ends with an error, and honest connections are still to be had.
func deceived(ctx context.Context, s side) error {
	err := s.with(ctx, 0, vchan.Rings{Read: 4096}, func(c *vchan.Conn) error {
		n, err := c.Read(make([]byte, 10))
		if n != 0 || err == nil || err == io.EOF || errors.Is(err, vchan.ErrGone) {
			return fmt.Errorf("read %d bytes of a client that lies, %v", n, err)
		}
		return s.Post(ctx, "read", "yes")
	})
	if err != nil {
		return err
	}
	err = s.with(ctx, 1, vchan.Rings{}, func(c *vchan.Conn) error {
		return errors.Join(s.Post(ctx, "reading", "yes"), wantEOF(c), s.Post(ctx, "ended", "yes"))
	})
	if err != nil {
		return err
	}
	for i := range lies {
		before := s.Grants.Stats()
		name := fmt.Sprint("lie-", i)
		c, err := vchan.Dial(ctx, s.Platform, s.Peer, s.lair(i))
		if err == nil || !strings.Contains(err.Error(), "laid out wrong") {
			return fmt.Errorf("a server with orders %#x: %v, %v", lies[i], c, err)
		}
		if err := errors.Join(s.settled(ctx, before), s.Post(ctx, name, "seen")); err != nil {
			return err
		}
	}
	return s.with(ctx, 2, vchan.Rings{}, wantEOF)
}

// lair is where the lying server waits.
func (s side) lair(i int) string { return fmt.Sprintf("data/vchan/%s-lie-%d", s.Room, i) }

// liar is the other half.
func liar(ctx context.Context, s side) error {
	if err := errors.Join(s.lieAsClient(ctx, 0, s.claimMuch), s.lieAsClient(ctx, 1, s.leaveQuietly)); err != nil {
		return err
	}
	for i, word := range lies {
		if err := s.lieAsServer(ctx, i, word); err != nil {
			return err
		}
	}
	return s.with(ctx, 2, vchan.Rings{}, func(*vchan.Conn) error { return nil })
}

// lieAsClient connects by hand, as connection n, and does as lie says.
func (s side) lieAsClient(ctx context.Context, n int, lie func(context.Context, *grant.Memory, *evtchn.Channel) error) error {
	port, err := s.await(ctx, store.DomainPath(s.Peer)+"/"+s.pathOf(n)+"/event-channel")
	if err != nil {
		return err
	}
	ref, err := s.await(ctx, store.DomainPath(s.Peer)+"/"+s.pathOf(n)+"/ring-ref")
	if err != nil {
		return err
	}
	event, err := s.Events.Interdomain(s.Peer, evtchn.Port(port))
	if err != nil {
		return err
	}
	page, err := s.Grants.Map(s.Peer, []grant.Ref{grant.Ref(ref)}, false)
	if err != nil {
		return errors.Join(err, event.Close())
	}
	return errors.Join(lie(ctx, page.Memory(), event), page.Close(), event.Close())
}

// appear is what an honest client does as well.
func appear(m *grant.Memory, event *evtchn.Channel) error {
	m.Or32(livesAt, 1)
	m.And32(livesAt, ^uint32(2))
	return event.Notify()
}

// claimMuch says that more was written than any ring holds.
func (s side) claimMuch(ctx context.Context, m *grant.Memory, event *evtchn.Channel) error {
	m.Store32(leftProd, 1<<31)
	if err := appear(m, event); err != nil {
		return err
	}
	_, err := s.Fetch(ctx, "read")
	return err
}

// leaveQuietly says that it is gone, but sends no event and gives nothing back.
func (s side) leaveQuietly(ctx context.Context, m *grant.Memory, event *evtchn.Channel) error {
	if err := appear(m, event); err != nil {
		return err
	}
	if _, err := s.Fetch(ctx, "reading"); err != nil {
		return err
	}
	time.Sleep(soon) // the server waits by now, as a rule
	m.And32(livesAt, ^uint32(0xff))
	_, err := s.Fetch(ctx, "ended")
	return err
}

// await waits for a node with a number.
func (s side) await(ctx context.Context, path string) (uint32, error) {
	for _, err := range s.Store.Watch(ctx, path) {
		if err != nil {
			return 0, err
		}
		if text, err := s.Store.Read(ctx, path); err == nil {
			n, err := strconv.ParseUint(text, 10, 32)
			return uint32(n), err
		}
	}
	return 0, ctx.Err()
}

// lieAsServer offers a page with impossible rings.
func (s side) lieAsServer(ctx context.Context, i int, word uint32) error {
	event, err := s.Events.Unbound(s.Peer)
	if err != nil {
		return err
	}
	page, err := s.Grants.Share(s.Peer, 1, false)
	if err != nil {
		return errors.Join(err, event.Close())
	}
	page.Memory().Store32(sizesAt, word)
	page.Memory().Store32(livesAt, 2|1<<8)
	err = errors.Join(
		s.offer(ctx, s.lair(i)+"/ring-ref", uint32(page.Refs()[0])),
		s.offer(ctx, s.lair(i)+"/event-channel", uint32(event.Port())))
	if err == nil {
		_, err = s.Fetch(ctx, fmt.Sprint("lie-", i))
	}
	return errors.Join(err, s.Store.Remove(ctx, s.lair(i)), page.Close(), event.Close())
}

// offer writes a number for the other half.
func (s side) offer(ctx context.Context, path string, n uint32) error {
	return errors.Join(s.Store.Write(ctx, path, strconv.FormatUint(uint64(n), 10)),
		s.Store.SetPermissions(ctx, path, store.Permission{Domain: s.Self, Access: store.NoAccess},
			store.Permission{Domain: s.Peer, Access: store.ReadOnly}))
}
