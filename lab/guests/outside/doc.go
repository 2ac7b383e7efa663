// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package outside tries what a domain has to do with the world around it: arguments,
// files from the host, standard input, what an administrator asks of it, and what it
// says of itself compared with what somebody else sees.
//
// The programs it boots lie beside it in the folders of lab/guests. It has a lab of
// its own, so that it can run beside the other tests that boot domains: one lab
// keeps one processor busy.
package outside
