// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package stack is the TCP/IP of a domain: gVisor's netstack behind the sockets
// of rt/posix. It is the only room that imports gVisor.
//
// # How it comes into an image
//
// mkimage links this package into a program that imports package net, whatever
// module that is in, and rt/posix/offline into any other. The link is by name:
// rt/posix declares functions without a body, and domlet_unsafe.go here
// supplies them. The program's first call about a socket runs [New]: nothing
// starts before, and a package init may dial.
//
// gVisor's packages have package inits of their own, which set tables. Go orders
// inits by import path where imports do not order them, and a program that dials
// from a package init does not import gVisor. So before any of them runs, this
// package puts those of the standard library, of gVisor and of its own in front
// (inits.go).
//
// # A packet's way
//
// A socket here is a gVisor endpoint with its queue of waiters. rt/posix calls it
// without ever waiting and hears by Notify when another try is worth it; that
// raises the descriptor's slot in Go's poller. Of room to send it hears only after
// it found none. What the program sends is copied
// once into gVisor's buffers, what it receives once out of them.
//
// TCP uses CUBIC, SACK and RACK. Loopback is always there (interface 1, lo).
//
// # Memory
//
// What comes lies in sockets until the program takes it, and peers decide how much
// that is. So a connection's buffers are bounded by a part of the Go runtime's memory
// limit, which in a domain is what the domain has; and when the heap has come near
// that limit, packets are dropped as they come, large ones first (gauge.go). They are
// counted, in what RTM_GETLINK tells of the interface (IFLA_STATS64).
//
// # An interface that changes
//
// The interface may lose its backend and find another, be taken away and given again by
// the toolstack, get another MTU or another Ethernet address (outside.go). To sockets
// that is a network that loses packets for a while. When it is back, neighbours are told
// where its addresses are now (announce.go), and a lease of DHCP's is asked for again.
// An interface that the domain does not have when the program first uses a socket is
// waited for where settings were written down for it. Where there are none, xenstore is
// asked for some (told.go) before a DHCP server is. A domain without either is loopback
// alone, so that Go can see when its program waits for nobody.
//
// # Several processors
//
// The interface has a queue for each, if the backend takes as many, and a flow of packets
// keeps to one of them (queues.go). Packets that come by different queues are delivered
// at the same time, but for those whose checksum nobody vouches for: gVisor asks the
// link, not the packet, whether to look at it.
package stack
