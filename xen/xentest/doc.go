// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package xentest is a hypervisor in memory, for tests of what stands above the
// edge rooms: a [Host] with domains that have event channels and the rest of
// what domains share, behind the same interfaces as in a real domain. No Xen,
// no privilege and no sleep is needed, and a test may run inside a
// testing/synctest bubble.
//
// # Faults
//
// A [Host] can lose, delay and repeat what it delivers ([Host.SetFaults]). What
// it does comes from a seed alone, so that a failure can be repeated: the seed
// is printed when a test fails. [Domain.Kill] ends a domain as "xl destroy"
// does: nothing of it runs on, and its peers find out as they would under Xen.
//
// # Where things are
//
// Each kind of thing that domains share has a file: its state on the host, its
// state in a domain, what happens to it when a domain dies, and the faults it
// knows. host.go has what they have in common. One lock, Host.mu, covers all
// state: a kill is one step for everybody.
package xentest
