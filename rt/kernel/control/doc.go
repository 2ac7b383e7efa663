// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package control is what a domain's kernel says to xenstored and hears from it:
// the requests of an administrator (xl shutdown, reboot, sysrq; the nodes
// control/* of Xen's docs/misc/xenstore-paths), and the domain's name.
//
// The kernel shares the ring with the program, whose client is package
// xen/store. Whoever reads may find a message for the other: the client hands
// the kernel's over (Take), and while no client reads, the kernel does (Hear).
// The kernel's requests have numbers from FirstID on, its watches have tokens of
// one letter; the client uses neither.
//
// What is to be asked is a set of bits. A request that finds the ring full, or
// the program in the middle of a message, stays in the set and is tried at the
// next event: there is one, since xenstored takes, or answers, what stands in
// the way. A request is never outstanding twice, so one request of the
// administrator's is obeyed once.
//
// Kernel, lock held. It allocates nothing and waits for nobody.
package control
