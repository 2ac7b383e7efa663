// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package symbolize finds the Go functions and source lines in the dump of a
// domain that crashed. It reads two kinds of dump:
//
//   - domlet's own, which the kernel prints on the console when it trapped:
//     registers, and the code addresses on its stack;
//   - Xen's, from xl dmesg, of a PV domain (with words of its stack) or a PVH
//     domain (registers only).
//
// Where a call was inlined, the function is the one that it was inlined into and
// the line is the inlined one's: that is what Go's table of lines has.
//
// It is pure but for reading the image, and runs on the host and in dom0.
package symbolize
