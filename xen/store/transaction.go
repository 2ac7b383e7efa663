// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Transactions. Any goroutine.

package store

import (
	"context"
	"errors"
	"strconv"
	"sync"

	"github.com/domlet/domlet/xen/abi"
)

// Tx is a transaction: what it does takes effect as a whole or not at all.
type Tx struct{ Nodes }

// transaction is xenstored's number for a transaction, while there is one.
type transaction struct {
	mu sync.Mutex
	id uint32 // 0: it is over
}

var errOver = errors.New("xenstore: the transaction is over")

// number returns the number to send; that of no transaction is 0.
func (t *transaction) number() (uint32, error) {
	if t == nil {
		return 0, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.id == 0 {
		return 0, errOver
	}
	return t.id, nil
}

// end returns the number once more and makes the transaction over.
func (t *transaction) end() uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	id := t.id
	t.id = 0
	return id
}

// Transaction runs fn and commits what it did. Where somebody else changed the
// same nodes meanwhile, nothing is changed and fn runs again, until it succeeds
// or ctx ends; so fn does nothing that must not be done twice. An error of fn's
// is returned, and then nothing is changed. A domain has at most 10
// transactions open.
//
// To fn the tree is no snapshot: xenstored keeps each node as it was when fn first
// looked at it, and nothing of those below. Where fn has read a node that somebody
// else removes with all below it, xenstored may refuse fn's own removal with EIO: who
// removes whole trees reads what is below first.
func (c *Client) Transaction(ctx context.Context, fn func(*Tx) error) error {
	for {
		err := c.attempt(ctx, fn)
		var refused *Error
		if !errors.As(err, &refused) || refused.Name != "EAGAIN" || refused.kind != abi.XS_TRANSACTION_END {
			return err
		}
	}
}

// attempt runs fn in one transaction.
func (c *Client) attempt(ctx context.Context, fn func(*Tx) error) error {
	t, err := c.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { c.abort(t.end()) }()
	if err := fn(&Tx{Nodes{c, t}}); err != nil {
		return err
	}
	return c.commit(ctx, t.end())
}

// commit ends a transaction. Where ctx ends before that is sent, the transaction
// is aborted.
func (c *Client) commit(ctx context.Context, id uint32) error {
	r := newRequest(abi.XS_TRANSACTION_END, id, list("T"))
	if err := c.call(ctx, r); err != nil {
		if !c.sent(r) {
			c.abort(id)
		}
		return err
	}
	if err := r.refusal(""); err != nil {
		return err
	}
	return c.acknowledge(r.kind, r.reply)
}

// begin opens a transaction. One that xenstored opens when nobody waits for it
// any more is aborted.
func (c *Client) begin(ctx context.Context) (*transaction, error) {
	r := newRequest(abi.XS_TRANSACTION_START, 0, list(""))
	r.answered = func(r *request) {
		if id, ok := transactionID(r.reply); ok && r.left && r.name == "" {
			c.submit(newRequest(abi.XS_TRANSACTION_END, id, list("F")))
		}
	}
	if err := c.call(ctx, r); err != nil {
		return nil, err
	}
	if err := r.refusal(""); err != nil {
		return nil, err
	}
	id, ok := transactionID(r.reply)
	if !ok {
		return nil, c.garbled(r.kind, r.reply)
	}
	return &transaction{id: id}, nil
}

// abort drops a transaction; nobody waits for the answer.
func (c *Client) abort(id uint32) {
	if id == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.submit(newRequest(abi.XS_TRANSACTION_END, id, list("F")))
}

func transactionID(reply []byte) (uint32, bool) {
	text, ok := one(reply)
	id, err := strconv.ParseUint(text, 10, 32)
	return uint32(id), ok && err == nil && id != 0
}
