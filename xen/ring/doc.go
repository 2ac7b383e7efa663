// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package ring is the shared ring of Xen's split drivers (io/ring.h): a frontend
// puts requests into slots of a page, a backend takes them out and puts responses
// into the same slots, and each says by an index how far it has come.
//
// # Indices
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
// the other side's index once more, and waits ([Front.Done], [Back.Done]).
// Whoever moves an index tells whether the other side is owed a notification
// ([Front.Push], [Back.Push]). Each side stores its own word before it loads the
// other's, with a full barrier between, so one of the two sees the other: no
// wake-up is lost.
//
// # Hostile peers
//
// The other domain may write to the whole page at any time. What this side has
// come to it keeps in its own memory and never reads back. The other side's index
// is read once for each look, and one that cannot be is an error, after which the
// ring is good for nothing. A slot is copied out once; what is in the copy is the
// driver's to judge. The page is a [Memory], as package grant has them, or
// ordinary memory in tests.
package ring
