// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package grant lets domains use each other's memory: Xen's grant tables, one
// API in a domain, in Linux and in tests.
//
// # Two sides
//
// A domain that shares takes fresh, zeroed pages and writes into its grant table
// who may use each of them: [Table].Share. It passes the entries' numbers, the
// references, to its peer by other means (xenstore, a ring). The peer maps the
// pages into its own addresses, [Table].Map, or has Xen copy bytes in or out
// without mapping anything, [Table].Copy.
//
// # What a peer can do
//
// Memory that two domains see is written by both at any time. [Memory] is the
// only way to it: every access is within bounds, a word is read once, and bytes
// are copied out before anybody looks at them. [Memory.Peek] alone shows the
// bytes in place, for callers that pass them on without looking.
//
// # Closing
//
// Close of a [Shared] or a [Mapping] waits for accesses that are under way and
// makes those that follow see nothing: zeros are read, writes go nowhere. So any
// number of goroutines may use the memory while one closes it, and none of them
// faults. In a domain a mapping's addresses get a page of zeros in the same step
// in which the peer's page goes. A granter that dies takes nothing away either:
// Xen keeps its pages until the last mapping is gone.
//
// Pages that were shared are used again only after Xen says that nobody maps
// them. While a peer still does, they are set aside and asked about again, with
// each later call and at least once a second; [Stats] counts them. Xen sends no
// event when a peer lets go, so a timer runs, but only while there are such
// pages. (A program all of whose goroutines wait has a timer then, so Go does not
// yet call it deadlocked.)
//
// # Backends
//
// [Local] is the world the program runs in: the hypervisor in a domain, the
// devices /dev/xen/gntdev and /dev/xen/gntalloc in Linux. Package xentest has
// one in memory. The domain's and the one in memory are the same code, [New],
// over two sorts of [Platform].
package grant
