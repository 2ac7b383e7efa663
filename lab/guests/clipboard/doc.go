// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package clipboard has tests of the clipboard as a domain of its own
// (services/clipboard), with all that belongs to it real: dom0 and its tools, the
// domain, and clients in domlet's domains, in Linux domains and in dom0. Host;
// boots domains.
package clipboard
