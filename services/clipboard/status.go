// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a client may know of what is held. Any goroutine.

package clipboard

import (
	"context"
	"time"
)

// State is what a client may know of the clipboard.
type State uint8

// The states. What a client may not paste it is told nothing about, but that there is something.
const (
	Empty     State = iota
	Available       // the client copied it, or may paste it
	Withheld        // neither
)

// String returns the state as domlet-clip prints it.
func (s State) String() string {
	switch s {
	case Available:
		return "available"
	case Withheld:
		return "withheld"
	}
	return "empty"
}

// Status is what a client is told. Fields below State are zero unless it is Available.
type Status struct {
	Change uint64 // number of the copy that is held; 0: none
	State  State
	Size   int
	Type   string
	Source string        // name of the domain that copied
	Target string        // name of the only domain that may paste; empty: any
	Left   time.Duration // until it expires
}

// Status returns what the client may know now. Nobody is asked for it: what a policy would ask about is withheld.
func (c *Clipboard) Status(ctx context.Context, who Client) Status {
	held := c.current()
	if held == nil {
		return Status{}
	}
	s := Status{Change: held.number, State: Withheld}
	if !held.source.Is(who.Client) && !c.visible(ctx, who, held) {
		return s
	}
	left := held.at.Add(c.o.Expiry).Sub(c.o.Clock.Now())
	return Status{held.number, Available, held.size, held.meta.Type, held.source.Domain.Name, held.meta.Target, max(left, 0)}
}

// visible asks whether the client could paste.
func (c *Clipboard) visible(ctx context.Context, who Client, held *content) bool {
	return c.mayPaste(withoutAsking(ctx), who.Client, held).Allow
}

// Wait returns when what is held is no longer the copy of that number (0: nothing is held), or the context has ended.
func (c *Clipboard) Wait(ctx context.Context, number uint64) {
	for {
		c.mu.Lock()
		now, changed := uint64(0), c.changed
		if c.held != nil {
			now = c.held.number
		}
		c.mu.Unlock()
		if now != number {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// askKey marks contexts of decisions that nobody may be asked about.
type askKey struct{}

func withoutAsking(ctx context.Context) context.Context {
	return context.WithValue(ctx, askKey{}, true)
}

// MayAsk reports whether a Policy may ask somebody. If not, what it would ask about is denied.
func MayAsk(ctx context.Context) bool { return ctx.Value(askKey{}) == nil }
