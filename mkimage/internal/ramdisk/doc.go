// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package ramdisk makes the archive that a domain finds its files in: the
// user's own, and on request certificates and time zones. It runs on the host.
// The archive is a cpio of the form newc, as u-root writes it; rt/posix reads
// it.
package ramdisk
