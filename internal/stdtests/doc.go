// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package stdtests knows how the standard library's own tests run as domains: what
// a package needs, which tests are left out and why, and what came of them. The
// lab's test of some packages and the command that makes docs/std.md (below, in
// table) share it. Host only.
package stdtests
