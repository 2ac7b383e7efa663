// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package initrd builds initial RAM file systems for Linux guests out of an
// unpacked tree of Debian packages: programs with the libraries they need, kernel
// modules in load order, and files given as text. It runs on the developer's
// machine.
//
// The archives are not compressed: under software emulation the guest spends
// seconds on unpacking gzip and only moments on copying.
package initrd
