// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package clipboard is a clipboard that virtual machines share and that no other
// program holds: one domain keeps what was copied, decides who may paste it, and
// forgets it.
//
// # What it promises
//
//   - Contents are in pages outside the Go heap, and on their way in and out in the
//     rings of a vchan, which are overwritten behind them; nowhere else. The pages
//     are overwritten with the paste, unless the policy says that the contents are
//     kept, and with the next copy, a clear, or after five minutes.
//   - A copy has pages of its own. A shorter one shows nothing of a longer one
//     before it (QSB-011 of Qubes OS).
//   - Operations have numbers, taken when they begin. A copy whose contents come
//     late does not take the place of one that began after it (QSB-013).
//   - Too much is refused whole. Nothing is ever cut.
//   - Whoever copies may name the one domain that may paste.
//   - Every operation leaves a line ([Event]), which says who, how much and what
//     came of it, and has no byte of what was copied.
//
// # The parts
//
// [Clipboard] is the thing itself: it knows neither messages nor connections
// (clipboard.go, copy.go, paste.go, status.go). [Rules] asks a policy in Qubes'
// language. [Clipboard.Serve] speaks the protocol of docs/clipboard.md over any
// stream (wire.go, session.go), and [Conn] is its client. [Server] has a slice with
// a listener for each client that dom0 attached: what a client uses, and what it
// breaks, is its own (package services/slice). Another transport uses [Clipboard]
// with slices of its own.
//
// # Who is who
//
// A client is the domain whose number Xen enforces on its vchan, and the
// attachment under which package services/directory knows that number now. What
// was copied stays the copy of who copied it, by name, type and tags, when that
// domain is gone; another domain of its number is another client.
//
// # Locks
//
// Clipboard.mu comes before content.mu, and that before those of package slice.
// Under none of them is anybody waited for: the policy is asked without a lock, and
// what it decided about is taken only if it is still what is held.
package clipboard
