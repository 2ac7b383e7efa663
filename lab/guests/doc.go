// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package guests boots a domain for every property that domlet promises to a Go
// program, and looks at how the domain ends.
//
// A guest is an ordinary Go program in a folder below this one. It checks
// itself, prints "ok NAME" for what holds, and ends with code 1 and a line that
// says what was wrong otherwise. Most properties are cases of one program,
// semantics, because an image takes longer to build than a case to run; a
// property that needs its own main package (its memory size, its package
// initialization, its data) has a folder named after it.
//
// The tests come in three classes:
//
//   - on Linux: the guests that claim nothing about Xen also pass as plain Linux
//     programs. These tests need no lab. They tell a wrong guest from a wrong
//     kernel.
//   - in the lab: each group of cases in a domain of its own, two domains at a
//     time. -short leaves them out and says so.
//   - long: each case alone in a fresh domain, storms of a million events, and
//     20 MB of console; DOMLET_LAB=long asks for them.
//
// Package lab/domtest has the modes and all that the tests share. Below this package
// are six more: outside has the tests of what a domain has to do with the world
// around it, network those of domains with a network interface, primitives those of
// what Xen gives domains to speak with, forbidden those of what a domain must die of,
// services those of what domains do for others, clipboard those of one such service.
//
// A kernel is believed after twenty rounds in a row: go test -count=20.
package guests
