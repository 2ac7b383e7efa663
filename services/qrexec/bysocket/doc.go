// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package bysocket connects domains that are processes of one machine without Xen,
// by Unix sockets: the way of qubes-core-vchan-socket, whose programs and these
// understand each other. Any goroutine.
//
// A domain is a number that a process says it has. The server of a connection
// listens at DIR/vchan.SERVER.CLIENT.PORT.sock, takes one client, and removes the
// name. The socket carries the bytes as they are; its end is the connection's.
// Who may be which domain is left to the permissions of the directory.
package bysocket
