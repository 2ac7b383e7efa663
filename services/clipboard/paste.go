// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Pasting: ask the policy, take the contents, hand them over, overwrite them. Any goroutine.

package clipboard

import (
	"context"
	"fmt"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/xen/pages"
)

// Paste is contents that a client may have. Whoever got it ends it with Done.
type Paste struct {
	Number uint64 // of the copy
	Type   string
	Source string // name of the domain that copied

	content *content
	release func() // ends the client's paying for them
}

// Paste decides whether the client may have what is held, and takes it out of the clipboard, unless the policy says that it is
// kept. Two clients never get one that is not.
//
// The policy is asked without any lock. What was decided about is what is pasted: if somebody copied meanwhile, the answer is
// ErrStale.
func (c *Clipboard) Paste(ctx context.Context, who Client) (*Paste, error) {
	event := Event{Action: "paste", Who: who.Client, Number: c.number()}
	p, err := c.paste(ctx, who, &event)
	c.audit(event, err)
	return p, err
}

// paste has the client's slice pay first: what somebody pastes slowly is nobody else's expense.
func (c *Clipboard) paste(ctx context.Context, who Client, e *Event) (*Paste, error) {
	held := c.current()
	if held == nil {
		return nil, ErrEmpty
	}
	e.Of, e.Copy, e.Bytes, e.Type = held.source.Domain.Name, held.number, held.size, held.meta.Type
	release, err := who.Slice.Hold(pages.For(max(held.size, 1)) * pages.Size)
	if err != nil {
		return nil, err
	}
	if err := c.grant(ctx, who.Client, held, e); err != nil {
		release()
		return nil, err
	}
	return &Paste{held.number, held.meta.Type, held.source.Domain.Name, held, release}, nil
}

// grant asks the policy and takes the contents.
func (c *Clipboard) grant(ctx context.Context, who *directory.Client, held *content, e *Event) error {
	v := c.mayPaste(ctx, who, held)
	if e.Why = v.Why; !v.Allow {
		return ErrDenied
	}
	e.Kept = c.o.Policy.Decide(withoutAsking(ctx), KeepService, held.source, who).Allow
	return c.take(held, e.Kept)
}

// mayPaste asks whether a domain may paste that: first the one who copied, then the policy.
func (c *Clipboard) mayPaste(ctx context.Context, who *directory.Client, held *content) Verdict {
	if t := held.meta.Target; t != "" && t != who.Domain.Name {
		return Verdict{false, fmt.Sprintf("copied for %s alone", t)}
	}
	return c.o.Policy.Decide(ctx, PasteService, held.source, who)
}

// take makes contents that are still held the caller's to look at, and takes them out of the clipboard unless they are kept.
func (c *Clipboard) take(what *content, keep bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held != what {
		return ErrStale
	}
	what.use()
	if !keep {
		c.replace(nil)
	}
	return nil
}

// Bytes is the contents, where they lie. They must not be used after Done, nor copied into memory of Go's.
func (p *Paste) Bytes() []byte { return p.content.block.Bytes()[:p.content.size] }

// Done ends the paste. Contents that are not kept are overwritten now.
func (p *Paste) Done() {
	p.content.done()
	p.release()
}
