// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Plain memory in place of granted pages. Host.

package vchan

import "sync/atomic"

// plain is shared memory made of Go's. Words and bytes are kept apart, as the protocol keeps them apart: so that the race
// detector sees words as words, and bytes that move without the order of a word between them as a race.
type plain struct {
	words [pageSize / 4]atomic.Uint32
	bytes []byte
}

func newPlain(n int) *plain { return &plain{bytes: make([]byte, n)} }

func (m *plain) Len() int                        { return len(m.bytes) }
func (m *plain) Load32(off uint32) uint32        { return m.words[off/4].Load() }
func (m *plain) Store32(off, v uint32)           { m.words[off/4].Store(v) }
func (m *plain) Or32(off, v uint32) uint32       { return m.words[off/4].Or(v) }
func (m *plain) And32(off, v uint32) uint32      { return m.words[off/4].And(v) }
func (m *plain) CopyOut(p []byte, at uint32) int { return copy(p, m.bytes[at:]) }
func (m *plain) CopyIn(at uint32, p []byte) int  { return copy(m.bytes[at:], p) }

func (m *plain) Peek(at uint32, n int, f func([]byte)) bool {
	f(m.bytes[at : int(at)+n])
	return true
}

// pair is both ends of a connection over plain memory.
type pair struct {
	page, left, right *plain
	orders            orders
	server, client    *side
}

// newPair connects a server with rings of these orders, and a client, with all indices standing at start.
func newPair(o orders, start uint32) *pair {
	p := &pair{page: newPlain(pageSize), orders: o}
	p.left, p.right = p.ring(o.left), p.ring(o.right)
	format(p.page, o, nil)
	for _, off := range []uint32{leftCons, leftProd, rightCons, rightProd} {
		p.page.Store32(off, start)
	}
	r := rings{p.left, p.right}
	p.server, p.client = newServer(p.page, o, r), newClient(p.page, o, r)
	p.client.enter()
	return p
}

func (p *pair) ring(o order) *plain {
	if o.inPage() {
		return p.page
	}
	return newPlain(int(o.size()))
}
