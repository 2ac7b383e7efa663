// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package wire is the messages of qrexec, the protocol by which the domains of
// Qubes OS call each other's services, and the rules of what may follow what. It
// moves no bytes and starts nothing: packages qrexec and relay do. Any goroutine,
// one at a time for each value.
//
// # Messages
//
// Every message is eight bytes, type and length, and then as many bytes as the
// length says (header.go). Numbers are little-endian. There are two kinds of
// connections.
//
// On a control connection an agent, one in each domain, and its daemon, which
// holds the policy, agree on calls ([Control]): the agent asks with a trigger for
// a service of another domain; the daemon tells one agent to run it and the other
// to meet it, both with a domain and a port, or refuses.
//
// On a data connection those two then move standard input, output and errors, and
// at the end an exit code ([Data]). The daemon has no part in it.
//
// Both begin with a HELLO from either end, and go on in the older of the two
// versions. Version 2 is Qubes 3 and 4.0, version 3 is 4.1 and 4.2, version 4 is
// 4.3.
//
// # Whom to believe
//
// Nobody. A length is looked at before a body is read ([Control.Admit],
// [Data.Next]), a body before anything in it counts ([Control.Receive]). Three
// things can be wrong with a message, and they end differently:
//
//   - It has no place in the protocol: a type that the other end must not send
//     now, a length that the type does not have. That is a [Violation], and the
//     connection is over.
//   - It is a trigger whose form is right and whose content is not: the request
//     is refused ([Message.Fault]), and the connection goes on.
//   - A name has characters that names do not have. Each becomes an underscore,
//     before any policy sees the name, so that what was decided upon is what is
//     run ([CleanService], [CleanDomain]).
//
// Source of all numbers: libqrexec/qrexec.h and doc/ of qubes-core-qrexec, and the
// security bulletins of Qubes, each of which that touches qrexec has a test by its
// number.
package wire
