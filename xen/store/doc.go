// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package store is a client of xenstore, the small tree of names and values
// through which the domains of a machine find each other.
//
// A [Client] speaks the protocol of Xen's docs/misc/xenstore.txt and
// public/io/xs_wire.h over any byte stream to xenstored. Package
// xen/store/local opens the stream of the world that a program runs in: the
// shared ring of a domain, or in Linux xenstored's socket or /dev/xen/xenbus.
//
// # Many callers, one connection
//
// All methods may be called by many goroutines at once. Each request carries a
// number, and its answer finds whoever asked, in whatever order answers come: a
// slow answer holds up nobody else. xenstored serves a domain that has 20
// unanswered requests ([MaxOutstanding]) no further, so the client sends no more
// than that; further requests wait in its own queue. A context that ends takes
// its caller out at once: a request still in the queue is not sent, one under
// way may or may not take effect, and its late answer is dropped. Who needs several
// answers has them with one wait, by ReadAll and WriteAll: xenstored serves the
// requests of a connection in order.
//
// The client has goroutines only while something is expected: one that writes
// while there is something to send, one that reads while an answer is
// outstanding or a watch is set. So a program whose goroutines all wait for each
// other dies as a deadlock even if it used xenstore before.
//
// # Watches
//
// [Client.Watch] is an iterator over the paths that changed. Its first value is
// the watched path itself and says that the watch is set. Events may come
// without a change, and several changes may come as one event: it means "look
// again", not "this happened". When a reader falls behind by many paths, they
// are replaced by one event for the watched path. Watchers of one path share one
// of the 128 watches that xenstored allows a domain.
//
// # Errors
//
// What xenstored refuses is an [*Error]; errors.Is knows fs.ErrNotExist,
// fs.ErrPermission, fs.ErrExist and [ErrQuota], and its text names the quota and
// how to raise it. Anything that is not the protocol (an answer to nothing, a
// payload longer than the protocol's limit, an answer that cannot be read) ends
// the connection: every call then fails with the reason, and none hangs.
package store
