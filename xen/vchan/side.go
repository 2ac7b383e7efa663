// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// One end of a connection: two streams, two bits of notification, and a byte that says it is there. One goroutine for each
// stream.

package vchan

import (
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/ring"
)

// memory is what the protocol asks of shared memory; *grant.Memory has it. Words are read with acquire and written with
// release order and a full barrier. Once the memory is closed, words are 0 and copies move nothing.
type memory interface {
	ring.StreamMemory
	Or32(off, v uint32) (old uint32)
	And32(off, v uint32) (old uint32)
}

// Bits by which an end asks to be told.
const (
	whenWritten = abi.VCHAN_NOTIFY_WRITE
	whenRead    = abi.VCHAN_NOTIFY_READ
)

// side is the client's or the server's half of a shared page.
type side struct {
	page    memory
	in, out *ring.Stream
	me, he  uint32 // shifts of the live bytes
	ask     uint32 // shift of what the partner is asked to tell
	tell    uint32 // shift of what the partner asked for
}

// rings are the memories of both: the shared page itself where a ring lies in it.
type rings struct{ left, right memory }

// leftRing is where the bytes from client to server go.
func (r rings) leftRing(page memory, o order) ring.Place {
	return ring.Place{Index: page, Cons: leftCons, Prod: leftProd, Data: r.left, Base: o.base(), Size: o.size()}
}

// rightRing is where those from server to client go.
func (r rings) rightRing(page memory, o order) ring.Place {
	return ring.Place{Index: page, Cons: rightCons, Prod: rightProd, Data: r.right, Base: o.base(), Size: o.size()}
}

// newServer returns the server's half of a page that it has formatted.
func newServer(page memory, o orders, r rings) *side {
	s := &side{page: page, me: srvLive, he: cliLive, ask: cliNotify, tell: srvNotify}
	s.in, s.out = ring.NewReader(r.leftRing(page, o.left)), ring.NewWriter(r.rightRing(page, o.right))
	return s
}

// newClient returns the client's half of a page whose orders have been checked.
func newClient(page memory, o orders, r rings) *side {
	s := &side{page: page, me: cliLive, he: srvLive, ask: srvNotify, tell: cliNotify}
	s.in, s.out = ring.NewReader(r.rightRing(page, o.right)), ring.NewWriter(r.leftRing(page, o.left))
	return s
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
