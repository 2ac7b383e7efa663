// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package xenstored is a xenstored in memory, for tests: the wire protocol, the
// permissions, watches, transactions with their conflicts, and the quotas of an
// unprivileged domain, as in Xen's docs/misc/xenstore.txt.
//
// It has no goroutines. A connection is an [io.ReadWriteCloser]; a request is
// served within the Write that completes it, and Read waits for what is there to
// read. [Daemon.Stop] leaves requests where they are, as SIGSTOP does.
//
// The tree is immutable: a change makes a new root and shares what is the same
// with the old one. So a transaction's view of the tree costs nothing. It is a
// snapshot, which that of the real xenstored is not: see store.Client.Transaction.
package xenstored
