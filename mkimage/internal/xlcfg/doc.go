// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package xlcfg writes what xl needs beside an image: the domain's
// configuration file. It runs on the host and in dom0 and touches neither Xen
// nor the file system.
//
// Arguments pass four readers on their way into a domain, and each has its
// own rules:
//
//	argv  ->  kernel command line  ->  string in xl.cfg  ->  xl  ->  start_info
//
// The first arrow is package rt/kernel/cmdline/encode: it leaves only printable
// ASCII, so the second arrow, quoting in [Config.Text], meets no byte that xl
// treats in a way of its own. A command line longer than Xen's 1023 bytes
// moves into the ramdisk.
package xlcfg
