// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the scenarios share. Host, Linux, and domains; on goroutines.

package vchantest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/vchan"
	"github.com/domlet/domlet/xen/xentest"
)

// side is one half of a scenario.
type side struct{ *xentest.Side }

func half(f func(ctx context.Context, s side) error) func(context.Context, *xentest.Side) error {
	return func(ctx context.Context, s *xentest.Side) error { return f(ctx, side{s}) }
}

// pathOf is where the two halves of a scenario meet, for one of its connections.
func (s side) pathOf(n int) string {
	client := s.Self
	if s.Role == xentest.Server {
		client = s.Peer
	}
	return fmt.Sprintf("data/vchan/%d/%s-%d", client, s.Room, n)
}

// connect makes connection n: its server listens, its client dials.
func (s side) connect(ctx context.Context, n int, r vchan.Rings) (*vchan.Conn, error) {
	if s.Role == xentest.Client {
		return vchan.Dial(ctx, s.Platform, s.Peer, s.pathOf(n))
	}
	l, err := vchan.Listen(ctx, s.Platform, s.Peer, s.pathOf(n), r)
	if err != nil {
		return nil, err
	}
	c, err := l.AcceptContext(ctx)
	return c, errors.Join(err, l.Close())
}

// with runs f on connection n, which the end of ctx closes, and wants the side's
// grant table to be as before.
func (s side) with(ctx context.Context, n int, r vchan.Rings, f func(c *vchan.Conn) error) error {
	before := s.Grants.Stats()
	c, err := s.connect(ctx, n, r)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	if err := errors.Join(f(c), c.Close()); err != nil {
		return err
	}
	return s.settled(ctx, before)
}

// settled waits until the grant table is used as it was: the other end may still
// map pages that were shared with it.
func (s side) settled(ctx context.Context, before grant.Stats) error {
	for {
		now := s.Grants.Stats()
		if now.Shared == before.Shared && now.Deferred == before.Deferred && now.Mapped == before.Mapped {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("left over: %+v, before: %+v", now, before)
		case <-time.After(time.Millisecond):
		}
	}
}
