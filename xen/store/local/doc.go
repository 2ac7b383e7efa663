// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package local connects a program to the xenstore of the machine it runs on:
// in a domlet domain by the ring that every domain shares with xenstored, in
// Linux by xenstored's socket (in dom0, as root) or by /dev/xen/xenbus.
//
// It is a package of its own because package store knows nothing of where it
// runs, and because a domain that does not import it carries none of it.
//
// A domain has one ring and so one connection. [Open] makes it at its first call
// and returns the same client ever after; closing that client closes it for the
// whole program. In Linux each call makes a connection; one by /dev/xen/xenbus
// has a single request under way at a time, since its driver keeps no more.
package local
