// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package console is a domain's consoles beyond the first, and the other ends of
// them: streams of bytes between two domains, over a page with two small rings
// and an event channel.
//
// The first console is not here: the kernel has it from its first line of output
// on, and programs know it as standard input, output and error. A further one is
// a device like any other (docs/misc/console.txt of Xen): number N has its nodes
// in device/console/N of the domain and, of the domain at the other end, in
// backend/console/DOMAIN/N. [Open] is the domain's side; it allocates page and
// event channel and says so in xenstore. [Offer] is the other side: it makes the
// nodes, which takes dom0's rights, waits for the domain, and maps the page.
// Toolstacks make such nodes too, for xl.cfg's channel= with QEMU at the other
// end.
//
// # Loss
//
// A [Console] never loses what somebody reads: Write waits as long as the other
// end makes progress. When it has stood still for two seconds, so that a reader
// that hangs does not stop the program, output is dropped and counted, and as
// soon as something can be written again a line says how much was lost. Two
// seconds are twenty looks, a tenth of a second apart: while the host holds the
// whole domain, none are taken.
//
// # The other end may do anything
//
// It can write any byte of the page at any time. What belongs to this side is
// kept in private memory, and what belongs to the other side is read once for
// each operation and checked; an index out of range ends the console with an
// error.
package console
