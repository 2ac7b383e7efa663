// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// One end of a connection: two streams, two bits of notification, and a byte that says it is there. One goroutine for each
// stream.

package vchan

import "github.com/domlet/domlet/xen/abi"

// Bits by which an end asks to be told.
const (
	whenWritten = abi.VCHAN_NOTIFY_WRITE
	whenRead    = abi.VCHAN_NOTIFY_READ
)

// side is the client's or the server's half of a shared page.
type side struct {
	page    memory
	in, out stream
	me, he  uint32 // shifts of the live bytes
	ask     uint32 // shift of what the partner is asked to tell
	tell    uint32 // shift of what the partner asked for
}

// rings are the memories of both: the shared page itself where a ring lies in it.
type rings struct{ left, right memory }

// newServer returns the server's half of a page that it has formatted.
func newServer(page memory, o orders, r rings) *side {
	s := &side{page: page, me: srvLive, he: cliLive, ask: cliNotify, tell: srvNotify}
	s.in = stream{page: page, data: r.left, mine: leftCons, theirs: leftProd}
	s.out = stream{page: page, data: r.right, mine: rightProd, theirs: rightCons, writes: true}
	s.in.place(o.left)
	s.out.place(o.right)
	return s
}

// newClient returns the client's half of a page whose orders have been checked.
func newClient(page memory, o orders, r rings) *side {
	s := &side{page: page, me: cliLive, he: srvLive, ask: srvNotify, tell: cliNotify}
	s.in = stream{page: page, data: r.right, mine: rightCons, theirs: rightProd}
	s.out = stream{page: page, data: r.left, mine: leftProd, theirs: leftCons, writes: true}
	s.in.place(o.right)
	s.out.place(o.left)
	return s
}

// place sets where the ring lies, and takes the index from where it stands: it is not 0 for a client that follows another.
func (s *stream) place(o order) {
	s.size = o.size()
	if o.inPage() {
		s.base = o.size()
	}
	s.at = s.page.Load32(s.mine)
}

// format writes the head of a zeroed page: a server is there, no client yet, and whoever comes is to tell what it writes.
func format(page memory, o orders, grants []uint32) {
	page.Store32(ordersAt, o.word())
	for i, ref := range grants {
		page.Store32(grantsAt+4*uint32(i), ref)
	}
	page.Store32(stateAt, awaited<<cliLive|1<<srvLive|whenWritten<<cliNotify)
}

// grantRef is a grant reference as a server wrote it.
type grantRef uint32

// grantList copies the first n references from a page, each read once: what the server writes afterwards is not looked at.
func grantList(page memory, n int) []grantRef {
	refs := make([]grantRef, n)
	for i := range refs {
		refs[i] = grantRef(page.Load32(grantsAt + 4*uint32(i)))
	}
	return refs
}

// enter says that a client is there and wants to be told of data. In between, the live byte is 3: neither gone nor awaited.
func (s *side) enter() {
	s.request(whenWritten)
	s.page.Or32(stateAt, 1<<s.me)
	s.page.And32(stateAt, ^uint32(awaited<<s.me))
}

// leave says that this end is gone.
func (s *side) leave() { s.page.And32(stateAt, ^uint32(liveMask<<s.me)) }

// partner returns the partner's live byte. It may be anything and change at any time; whoever acts on it keeps what it saw.
func (s *side) partner() uint32 { return s.page.Load32(stateAt) >> s.he & liveMask }

// request asks the partner for an event when it next moves data. Whoever asks looks at the ring again before it sleeps.
func (s *side) request(bit uint32) {
	if s.page.Load32(stateAt)&(bit<<s.ask) == 0 {
		s.page.Or32(stateAt, bit<<s.ask)
	}
}

// owed reports whether the partner asked for an event of this kind, and takes the request. The caller has just moved an
// index, with a full barrier: a partner that asks after this looks will see the index.
func (s *side) owed(bit uint32) bool {
	bit <<= s.tell
	return s.page.Load32(stateAt)&bit != 0 && s.page.And32(stateAt, ^bit)&bit != 0
}
