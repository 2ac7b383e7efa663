// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Transactions: a view of the tree, and what to do again at its end. Host; the
// daemon's lock is held.

package xenstored

import "strconv"

func (c *conn) begin(r request) (payload, e string) {
	if r.tx != 0 {
		return "", "EBUSY"
	}
	if _, open := c.held(); c.id != 0 && open >= c.d.quotas.Transactions {
		return "", "ENOSPC"
	}
	c.d.lastTx++
	root := c.d.root
	c.transactions[c.d.lastTx] = &view{root: &root, base: root, seen: map[string]uint64{}}
	return strconv.FormatUint(uint64(c.d.lastTx), 10) + "\x00", ""
}

// held counts what all connections of this one's domain hold.
func (c *conn) held() (watches, transactions int) {
	for _, o := range c.d.conns {
		if o.id == c.id {
			watches += len(o.watches)
			transactions += len(o.transactions)
		}
	}
	return watches, transactions
}

// endTransaction commits (T) or drops a transaction. It conflicts if a node that
// it looked at has changed since.
func (c *conn) endTransaction(id uint32, how string) (payload, e string) {
	v := c.transactions[id]
	if v == nil {
		return "", "ENOENT"
	}
	delete(c.transactions, id)
	if how != "T" {
		return ok, ""
	}
	for path, generation := range v.seen {
		now := uint64(0)
		if n, _ := c.d.root.find(path); n != nil {
			now = n.generation + 1
		}
		if now != generation {
			return "", "EAGAIN"
		}
	}
	before := c.d.root
	for _, ch := range v.log {
		if e := c.d.apply(&view{root: &c.d.root}, c.id, ch); e != "" {
			c.d.root = before
			return "", e
		}
	}
	for _, ch := range v.log {
		c.d.fireChange(ch)
	}
	return ok, ""
}
