// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package filecopy is qubes.Filecopy, the service by which domains of Qubes OS give
// each other files: both ends, over any stream. Any goroutine, one for each copy.
//
// [Sender] walks what it is told to send. [Receive] takes it into a [Tree], of
// which [Directory] is the usual one; [Handler] is that as a service.
//
// # On the wire
//
// Each thing is a header of 32 bytes, its name, and its content: the bytes of a
// file, the target of a link. A directory comes twice, before what is in it and
// after, when its mode and times are set. A header without a name is the end. The
// receiver answers with an error number, 0 for none, a CRC-32 of every byte it
// got, and where it failed the name that it was at.
//
// # What a receiver takes
//
// Files, directories and links, and nothing else. Names lead down from where the
// copy goes, and can be printed without surprise unless all names are allowed
// (names.go). Nothing that exists is replaced. No link is followed on the way to a
// name, not even one inside the tree, and a link may not lead out of the
// directory, at the top of the copy, that it is in. A file appears under its name
// when it is whole. Of modes only the nine permission bits count: whoever runs
// the service cannot mount what it gets with nosuid, as Qubes does. A sender cannot
// make a receiver hold more in memory than names of open directories, of which
// there is a limit.
//
// Source: qrexec-lib/libqubes-rpc-filecopy.h of qubes-linux-utils, and QSB-014.
package filecopy
