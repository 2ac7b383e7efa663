// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Copying: take a number, fill pages, and be held if nobody was faster. Any goroutine.

package clipboard

import (
	"errors"
	"fmt"

	"github.com/domlet/domlet/services/slice"
)

// Meta is what a client says of what it copies.
type Meta struct {
	Type   string // MIME type
	Target string // the only domain that may paste; empty: any that the policy lets
	Strip  bool   // control characters are to leave the text
}

// Copy is a copy that was begun. Whoever began it ends it with Commit or Cancel.
type Copy struct {
	c      *Clipboard
	who    Client
	meta   Meta
	number uint64
	size   int
	block  *slice.Block
}

// Begin begins a copy of at most size bytes. Its place in the order of operations is taken now: what is copied or cleared
// between now and Commit is newer, however late the bytes come (QSB-013). The bytes go into fresh pages, paid for by the
// client's slice, and what is held now stays until Commit (QSB-011).
func (c *Clipboard) Begin(who Client, m Meta, size int) (*Copy, error) {
	k := &Copy{c: c, who: who, meta: m, number: c.number(), size: size}
	err := k.begin()
	if err != nil {
		k.audit(size, err)
		return nil, err
	}
	return k, nil
}

func (k *Copy) begin() (err error) {
	switch {
	case !validType(k.meta.Type) || k.meta.Target != "" && !validName(k.meta.Target):
		return ErrInvalid
	case k.size < 0 || k.size > k.c.limit(k.who.Client):
		return ErrTooLarge
	}
	k.block, err = k.who.Slice.Pages(k.size)
	return err
}

// Bytes is where the contents go: pages that must not be used after Commit or Cancel.
func (k *Copy) Bytes() []byte { return k.block.Bytes()[:k.size] }

// Commit has the clipboard hold the first n bytes, and returns the number of the copy. ErrStale: somebody copied or cleared
// since Begin.
func (k *Copy) Commit(n int) (number uint64, err error) {
	if k.meta.Strip || k.c.o.Strip {
		n = k.strip(n)
	}
	err = k.commit(n)
	if err != nil {
		k.block.Free()
	}
	k.audit(n, err)
	return k.number, err
}

// strip takes control characters out of text.
func (k *Copy) strip(n int) int {
	if !isText(k.meta.Type) {
		return n
	}
	return strip(k.Bytes()[:n])
}

func (k *Copy) commit(n int) error {
	c := k.c
	held := &content{number: k.number, source: k.who.Client, meta: k.meta, size: n, at: c.o.Clock.Now(), block: k.block}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last > k.number {
		return ErrStale
	}
	if err := k.block.Charge(c.account); err != nil {
		return err
	}
	c.last = k.number
	held.timer = c.o.Clock.AfterFunc(c.o.Expiry, func() { c.expire(held) })
	c.replace(held)
	return nil
}

// Cancel gives the copy up, for a reason that goes into the log.
func (k *Copy) Cancel(why error) {
	k.block.Free()
	k.audit(k.size, fmt.Errorf("given up: %w", why))
}

func (k *Copy) audit(bytes int, err error) {
	e := Event{Action: "copy", Who: k.who.Client, Number: k.number, Bytes: bytes}
	if !errors.Is(err, ErrInvalid) {
		e.Type, e.Target = k.meta.Type, k.meta.Target
	}
	k.c.audit(e, err)
}
