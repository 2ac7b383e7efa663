// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What is held, and the operations on it. Any goroutine.

package clipboard

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/slice"
	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/pages"
)

// Limits on contents in bytes, those of Qubes OS.
const (
	DefaultLimit = 64000
	MaxLimit     = 256000
)

// DefaultExpiry is how long contents are kept.
const DefaultExpiry = 5 * time.Minute

// Errors of the operations. What a client is told of them says no more than this: the reasons are in the log.
var (
	ErrEmpty    = errors.New("the clipboard is empty")
	ErrDenied   = errors.New("not allowed")
	ErrTooLarge = errors.New("the contents are larger than this domain may copy")
	ErrStale    = errors.New("somebody copied or cleared meanwhile")
	ErrInvalid  = errors.New("the type or the target is malformed")
)

// Client is who asks: a domain that dom0 attached, and the slice that pays for what it asks. A copy's source stays who it was when
// it copied: a later domain of the same number has nothing of it.
type Client struct {
	*directory.Client
	Slice *slice.Slice
}

// Verdict is what the policy says.
type Verdict struct {
	Allow bool
	Why   string // for the log: the rule that decided
}

// Policy decides about a service between two domains. It may take its time, if somebody has to be asked (see MayAsk), and ends
// with the context.
type Policy interface {
	Decide(ctx context.Context, service string, source, target *directory.Client) Verdict
}

// Services that the policy is asked about. As with Qubes' qubes.ClipboardPaste, the source is where contents come from.
const (
	PasteService = "clipboard.Paste" // may what the source copied be pasted in the target
	KeepService  = "clipboard.Keep"  // does such a paste leave the contents there
	ClearService = "clipboard.Clear" // may the source clear what the target copied
)

// Options are what a clipboard needs.
type Options struct {
	Clock  clock.Clock
	Policy Policy
	Audit  func(Event)   // gets every action; from any goroutine
	Expiry time.Duration // 0: DefaultExpiry
	Strip  bool          // control characters leave text, whether or not the client asks for it
	// Limits are how many bytes a domain may copy at most, by its name; others may copy DefaultLimit, none more than MaxLimit.
	Limits map[string]int
}

// Clipboard holds one thing at a time.
type Clipboard struct {
	o       Options
	account *slice.Account // pays for what is held
	lent    *slice.Account // what is no longer held and not yet pasted: those who paste pay

	mu      sync.Mutex
	begun   uint64 // number of the last operation
	last    uint64 // number of the copy or clear that was effective last
	held    *content
	changed chan struct{} // closed, and made anew, when held changes
}

// New returns an empty clipboard.
func New(o Options) *Clipboard {
	if o.Expiry == 0 {
		o.Expiry = DefaultExpiry
	}
	// A new content is there before the old one goes.
	room := 2 * pages.For(MaxLimit) * pages.Size
	return &Clipboard{o: o, account: slice.NewAccount(room), lent: slice.NewAccount(math.MaxInt), changed: make(chan struct{})}
}

// limit is how many bytes a domain may copy.
func (c *Clipboard) limit(who *directory.Client) int {
	if n, ok := c.o.Limits[who.Domain.Name]; ok {
		return min(n, MaxLimit)
	}
	return DefaultLimit
}

// number gives an operation its place in the order of all.
func (c *Clipboard) number() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun++
	return c.begun
}

// replace puts contents, or nothing, in the place of what is held. c.mu is held.
func (c *Clipboard) replace(with *content) {
	if c.held != nil {
		c.held.drop(c.lent)
	}
	c.held = with
	close(c.changed)
	c.changed = make(chan struct{})
}

// expire empties the clipboard if it still holds that.
func (c *Clipboard) expire(what *content) {
	c.mu.Lock()
	mine := c.held == what
	if mine {
		c.replace(nil)
	}
	c.mu.Unlock()
	if mine {
		c.o.Audit(Event{Action: "expire", Who: what.source, Number: what.number, Bytes: what.size, Result: "ok"})
	}
}

// current returns what is held, nil for nothing. Its pages are not the caller's to look at: see take.
func (c *Clipboard) current() *content {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held
}

// Clear empties the clipboard. Whoever copied may do so, others ask the policy.
func (c *Clipboard) Clear(ctx context.Context, who Client) error {
	number := c.number()
	event := Event{Action: "clear", Who: who.Client, Number: number}
	err := c.clear(ctx, who, number, &event)
	c.audit(event, err)
	return err
}

func (c *Clipboard) clear(ctx context.Context, who Client, number uint64, e *Event) error {
	held := c.current()
	if held == nil {
		return c.remove(nil, number)
	}
	e.Of, e.Bytes = held.source.Domain.Name, held.size
	if !held.source.Is(who.Client) {
		v := c.o.Policy.Decide(ctx, ClearService, who.Client, held.source)
		if e.Why = v.Why; !v.Allow {
			return ErrDenied
		}
	}
	return c.remove(held, number)
}

// remove takes away what was held when the operation began. Copies that began before it are stale from now on.
func (c *Clipboard) remove(what *content, number uint64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held != what || c.last > number {
		return ErrStale
	}
	c.last = number
	c.replace(nil)
	return nil
}
