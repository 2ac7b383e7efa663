// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package bytering is the domain's side of a page with two rings of bytes, one
// to the domain and one from it: the console's and xenstore's.
//
// For each ring the page has a consumer and a producer index; a [Layout] says
// where. An index counts bytes for ever and wraps at 2^32; a byte stands at its
// index modulo the ring's size. Who produces writes the bytes first and then the
// index; who consumes reads the index first and then the bytes.
//
// The other side is a process in dom0 that can write anything to any part of
// the page at any moment. So the two indices that belong to this side are kept
// in private memory, and the page's copies of them are only ever written. The
// two that belong to the other side are read once for each operation and
// checked: a distance larger than the ring means a broken index. While an index
// is broken the ring looks full to writers and empty to readers, and Broken
// says so; if the index comes back into range, the ring goes on. No value can
// lead an access out of the ring it is for.
//
// Nothing here blocks, allocates or notifies: the caller sends the event after
// it wrote or read something. Reading and writing are independent of each other;
// each is done by one thread at a time. The kernel uses the package from its
// first line of output on.
package bytering
