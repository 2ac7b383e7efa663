// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package primitives tries, in domains, what Xen gives a domain to speak to others
// with: event channels, grants, xenstore, more consoles and vchan; with dom0, with
// another domain, and with Xen's own C library at the other end.
//
// The programs it boots lie beside it in the folders of lab/guests. It has a lab of
// its own, so that it can run beside the other tests that boot domains: one lab
// keeps one processor busy.
package primitives
