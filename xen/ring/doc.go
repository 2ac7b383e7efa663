// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package ring is what two domains pass each other in shared pages, requests and
// responses or bytes, whose ends say by indices how far they have come.
//
// # Requests and responses
//
// The shared ring of Xen's split drivers (io/ring.h): a frontend ([Front]) puts
// requests into slots of a page, a backend ([Back]) takes them out and puts
// responses into the same slots.
//
// There are a power of two of slots. Indices run freely through 32 bits; a slot
// is an index modulo the number of slots. A request occupies its slot until its
// response has been taken, so the frontend never has more requests under way than
// there are slots, and the backend never gives more responses than it took
// requests.
//
// # Events
//
// Whoever has nothing to do says at which index it wants to be notified, looks at
// the other side's index once more, and waits ([Front.Done], [Back.Done]; Await
// is for more than one step). Whoever moves an index tells whether the other side
// is owed a notification ([Front.Push], [Back.Push]). Each side stores its own word
// before it loads the other's, with a full barrier between, so one of the two sees
// the other: no wake-up is lost.
//
// # Bytes
//
// A ring of bytes, as consoles (io/console.h) and vchans (io/libxenvchan.h) have
// one for each direction: its reader and its writer ([Stream]) count the bytes
// that they moved, through 32 bits, and a byte stands at its index modulo the
// ring's size. Whoever moves bytes copies them first and then moves its index, so
// whoever sees the index sees the bytes. How one end wakes the other differs, and
// is not here. Package bytering has the two rings of bytes with which every
// domain begins, in a form for the kernel.
//
// # Hostile peers
//
// The other domain may write to the whole page at any time. What this side has
// come to it keeps in its own memory and never reads back. The other side's index
// is read once for each look, and one that cannot be is an error, after which the
// ring is good for nothing. A slot is copied out once, and bytes are; what is in
// the copy is the caller's to judge. The page is a [Memory], as package grant has
// them, or ordinary memory in tests.
package ring
