// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package cmdline reads the command line a domain is started with.
//
// It is one line of text:
//
//	[key=value ...] [-- argument ...]
//
// Words are separated by spaces. Within a word, everything between two single
// quotes stands for itself; outside quotes a backslash makes the character
// behind it stand for itself, and \xHH is the byte with that hexadecimal value.
// Two quotes with nothing between them make an empty word. Bytes below 0x20 and
// above 0x7e are best written as \xHH, since not every tool on the way to the
// domain passes them on; a byte of 0 is refused, because a Go program receives
// its arguments as C strings.
//
// argv0=NAME is the program's own name, env.NAME=VALUE sets an environment
// variable. The kernel's own keys are evtchn=, grant=, console= and meminfo=
// (rt/kernel/params.go). Those of the layer above (rt/posix) are files.limit=16M,
// which bounds the memory that the tree of files takes (default: half of what is
// free when the program first looks at it), files.cd=/DIR, the directory the program
// begins in, files.out=PATH, a file that goes out by the console, and window=80x24,
// the console's size. The kernel reports an unknown key and goes on.
//
// Xen carries up to MaxLine bytes. A longer line travels at the front of the
// ramdisk (Unblock reads it there), and the line that Xen carries is then the
// single word "block".
//
// The package is the kernel's half: it allocates nothing and keeps no pointers.
// Package encode beside it is the half that runs on the host.
package cmdline
