// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package netif is Xen's network interface between two domains (io/netif.h): a
// frontend, through which a domain reaches the network, and a backend, which is
// the network for it. Both are here, and work against each other and against
// Linux's.
//
// # A link
//
// [OpenFront] takes a device that the toolstack gave this domain, [OpenBack] one
// that it made this domain serve. Either gives a [Link], and from there on the
// two are alike:
//
//	n, err := link.Receive(queue, batch, alloc) // waits for packets
//	n, err := link.Transmit(queue, batch)       // sends what there is room for
//	err := link.Ready(queue)                    // waits for room
//
// A link outlives its connections. The other end may close and come back, its
// domain may be restarted, the toolstack may take the device away and give it
// again: meanwhile the link is not up, Receive waits, and Transmit drops and
// counts. [Link.Changes] tells of all that, and of a new MTU or address.
//
// # Memory
//
// The frontend alone grants memory. It grants zeroed pages once for each
// connection, and uses them until its end: a packet to send is copied into pages
// that the backend may only read, one that came is copied out of its pages into
// memory that the caller chose when its length was known. So there is one copy
// each way, no page changes hands in the steady state, nothing of this domain's
// but packets can be seen by the backend, and nothing is allocated for a packet.
// The backend has Xen copy to and from the frontend's pages, many pieces with one
// call, because it cannot know for how long the frontend will grant them.
//
// # Offloads
//
// Each end says what it takes: packets in several pages, TCP packets that stand
// for many segments, checksums left blank. Whoever sends may always use all of
// it: what the other end does not take is done here, before the packet goes.
//
// # Who wakes whom
//
// Package ring has the indices at which an end wants to be notified. An end that
// still has something to do asks for nothing, so under load there are few events;
// pages that were sent are taken back when room is wanted, and only a caller of
// Ready asks to be told of them, and then once for half of those under way.
//
// # What a hostile end can do
//
// It can write anything into the rings and the granted pages at any time, and
// anything into its part of xenstore. So: a slot is copied out once, and the copy
// checked; the bytes of a packet are copied out once, before anybody looks at
// them; a number is used as an index only when it is one. What can be a mistake
// costs that packet and is counted ([Drop]). What cannot (an index that jumps, an
// answer to nothing that was asked, a packet that has no end) ends the connection,
// and it takes the other end to begin a new one. Nothing here grows with what the
// other end does or does not do: packets for one that takes none are the caller's
// to drop. A backend that keeps the pages of past connections is given no more.
//
// # What is not here
//
// The control ring, by which a frontend would steer the hashes of a backend's
// hardware, is not offered. Of multicast the backend hands on everything: a
// request to filter is refused, and was never offered. The ways of old, page
// flipping and the GSO prefix, are not spoken.
package netif
