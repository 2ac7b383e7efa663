// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package core reads the port tables that Xen and a domain share: which event
// channels have an event waiting, and in which order they are served. It works
// on plain memory given by address, in a domain on Xen's pages and in tests on
// pages of the Go heap with a model of Xen at the other end.
//
// Xen has two interfaces, and this package one pair of types for each: the table
// that belongs to the domain, and the state that each vCPU has.
//
// # Two levels
//
// Every domain starts with it. A port is one bit in each of two arrays of 64
// words, pending and mask, so there are 4096 ports. Each vCPU has a selector
// word in which a bit stands for a word of pending. To send, Xen sets the
// pending bit; if it was clear before and the port is not masked, it also sets
// the selector bit and, if that was clear, raises the upcall. A vCPU does the
// opposite in the opposite order: clear the upcall flag, take the selector,
// look into the words it names, clear the pending bit of a port, and only then
// serve it. So whatever is sent later is seen later.
//
// Ports of all vCPUs share the pending words, and the selector does not say
// whose bit was set; therefore each vCPU keeps a set of the ports that are its
// own (Bind) and leaves the others alone. A vCPU serves its ports in a circle
// that goes on behind the port served last, so a busy low port cannot hold up a
// high one.
//
// # FIFO
//
// The domain gives Xen pages of event words, one 32-bit word a port, up to
// 131072, and one control block for each vCPU. Each vCPU has 16 queues, by
// priority. A queue is a list: a word holds the number of the port behind it
// (LINK), and is part of a queue while LINKED is set. The control block has the
// first port of each queue (Head) and a bit for each queue that went from empty
// to not empty (Ready).
//
// To send, Xen sets PENDING; if the port is neither MASKED nor LINKED it sets
// LINKED and writes the port's number into the word of the queue's last port, by
// compare-and-swap so that it fails if that one left the queue. Then, or if
// there was no last port, the queue is new: Xen writes Head, sets the Ready bit
// and raises the upcall.
//
// A vCPU takes the Ready bits, keeps its own note of where each queue begins,
// reads Head only when it has no such note, and takes ports from the front of
// the most urgent queue. Leaving the queue (clearing LINKED and LINK in one
// swap, which tells where the queue goes on) comes before clearing PENDING: the
// other way round, an event sent in between would be recorded in a word that is
// still LINKED, queued nowhere, and lost.
//
// While a word is BUSY, Xen is about to link another port to it and asks not to
// clear MASKED, which bounds how often its swap can fail.
//
// # Masks
//
// A masked port's events wait in the pending bit. Unmask says whether one is
// waiting: then the caller must make EVTCHNOP_unmask, because only Xen can put
// the port back in line. Doing this by hand is possible in two levels on the
// port's own vCPU of a PV domain, and nowhere else, so it is not done.
//
// # Rules
//
// Next may be stopped at any time, as when a budget is used up. What it has
// taken from Xen by then it keeps, and Held says so: a vCPU that holds something
// must not go to sleep. When Next returns false, everything sent before was
// returned, and everything sent from then on raises the upcall again.
//
// Tables may be used by all vCPUs at once. A vCPU's state belongs to that vCPU,
// with its upcall masked. Xen's memory is trusted to make sense, since Xen can
// do anything to the domain anyway, but a value that makes none is not followed
// out of the table.
//
// The order of the steps is what makes all this work, and the test of it is a
// storm: a model of Xen sends while the code under test serves, masks and
// unmasks. The tag invariants opens the windows between two steps (window), so
// that the rare interleavings become common.
package core
