// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package debian gets files out of Debian packages without installing anything.
// It runs on the developer's machine, as any user: [Plan] asks apt which packages
// a set of names needs, [Fetch] downloads them into a cache and checks their
// SHA-256, and [Unpack] lays the files that are wanted under one directory.
//
// Apt's own package lists and keys decide what is trusted; this package only
// refuses what differs from what apt says.
package debian
