// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package vchan is streams of bytes between two domains, in the protocol of Xen's
// libxenvchan: a program that uses this package and one that uses the C library
// understand each other, in either role.
//
//	l, err := vchan.Listen(ctx, platform, peer, vchan.Path(peer, 513), vchan.Rings{Read: 65536, Write: 65536})
//	conn, err := l.Accept()
//
// in one domain, and in the other
//
//	conn, err := vchan.Dial(ctx, platform, server, vchan.Path(own, 513))
//
// [Conn] is a net.Conn, [Listener] a net.Listener. Both work in a domain of
// domlet's own, in a Linux process, and in tests over package xentest: a
// [platform.Platform] says where.
//
// # What is shared
//
// The server grants one page to the client (layout.go). It holds four indices,
// the sizes of two rings, and four bytes. The rings lie in that page where they
// are small, and otherwise in further pages whose grants the page lists. Names
// are the client's: it writes to the left ring and reads from the right.
//
// Indices run freely and only forward; a byte stands at its index modulo the
// ring's size (ring.Stream). Whoever moves bytes copies them first and then moves
// its index, so whoever sees the index sees the bytes. There is no lock, and
// neither end ever waits for the other to do something with memory.
//
// # Who wakes whom
//
// An end that finds nothing to read, or no room to write, sets a bit in the
// shared page that asks for an event, looks at the ring once more, and sleeps
// (side.go). An end that has moved its index looks at the bit, and if it is set,
// takes it and notifies. Each does its two steps with a full barrier in between,
// so at least one of them sees what the other did: that second look is what makes
// a lost wake-up impossible. Under load, when neither end finds the ring empty or
// full, there are no events at all.
//
// A connection has one event channel, and may have many goroutines that wait,
// for data, for room, for deadlines. The first waits on the channel and wakes the
// others (evtchn.Bell).
//
// # How an end ends
//
// Each end has a byte that says it is there. Closing clears it and notifies.
// What had been written can still be read: Read returns io.EOF when the ring is
// empty and the partner gone, and looks in that order's reverse, so that nothing
// written before the end is missed. There is no half-close.
//
// A Linux process that is killed is closed by its kernel, which clears the byte
// and sends the event. A domain that is destroyed does neither: its pages stay
// as they were for as long as we map them. So a call that waits asks Xen once a
// second whether the event channel still has another end, and looks at the byte,
// lest an event that never came keep it waiting. A connection that nobody waits on
// asks nothing. A Linux process outside dom0 may not ask Xen, as a rule ([evtchn.Channel.Status]),
// and must learn in another way that a domain was destroyed: from xenstore, say.
//
// A server's pages go back to the allocator when the client no longer maps them,
// and package grant sees to it: a partner that holds on to them costs the server
// memory, never somebody else's secrets.
//
// # What stays in memory
//
// A ring keeps the bytes that went through it until others take their place. A
// server whose data must not stay says so ([Rings]): what it has read becomes zeros
// before the client may use the place, what the client has read does when Drain
// sees it, and Close leaves nothing of either ring. A client cannot do the same; it
// may only read the ring that the server writes.
//
// # What a hostile partner can do
//
// It can write anything into the shared page at any time. It can stop reading,
// send nonsense, notify all day, and leave; then calls wait until their deadline,
// carry nonsense, return early and look again, and end. It cannot do more:
//
//   - Its index is read once for each move. If it says more than the ring holds,
//     the connection is over for good (ring.Stream.Room).
//   - Our own index is kept here; the copy in the page is for the partner only.
//   - Sizes and grants are read once, before the connection is used, and checked
//     (claim.check); grants that are not ours to map, Xen refuses.
//   - Of its byte of life we keep the first zero: a partner does not come back.
//   - The bits by which it asks for events cost it an event each, or spare it one.
//   - Data are copied out before the caller sees them. [Conn.Peek] is the exception
//     and says so.
//
// Each of these has its test; FuzzHostile writes at random.
//
// # Meeting
//
// The server writes the grant and the port to xenstore, readable by one domain,
// in that order, since clients wait for the port (listen.go). A client that came
// takes the offer, the server withdraws the nodes, and the next Accept makes a
// new offer with pages and a port of its own: connections share nothing. [AcceptOne]
// is for those who offer one connection and no other, at ever new paths. A client
// whose offer turns out to be taken waits for the next one (dial.go), also when
// whoever took it has left again and the server has not noticed any of that.
package vchan
