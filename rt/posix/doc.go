// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package posix is what a Go program expects of its kernel beyond threads and
// memory: descriptors, the console, pipes, names, clocks, and answers about
// itself and its machine. It is the upper of the two doors; the lower one, in
// rt/kernel, serves the Go runtime.
//
// # How a call comes here
//
// A program calls os.File.Write, that calls syscall.Write, and that calls
// syscall.Syscall. In a domain's image the body of syscall.Syscall is ours. It
// asks this package which arguments of call number 1 can be pointers, makes
// those typed pointers, and calls the door. All that happens in one frame that
// cannot grow the stack, because until the pointers are typed nothing may move
// the stack they point into. From there on everything is ordinary Go on the
// program's own goroutine: it may allocate, take locks and park. No thread
// blocks and no scheduler is told anything; a read that waits is a goroutine
// that waits.
//
// Two rules keep a caller's memory safe. The arguments stay on the stack: they
// are passed down by pointer and never stored, and the handlers are called by a
// switch, so that the compiler can see it (a test asks it). And only
// door_unsafe.go looks through a pointer; the rest gets lengths, bytes and
// strings. A null or impossible pointer is EFAULT, as on Linux. A wild one is a
// fault in the program, and then a Go panic with a trace that ends here.
//
// # The table
//
// calls.txt has every system call Linux has on this machine, each with its
// handler or with the errno it is refused with and why. go generate makes
// table.go of it: data and a switch, which nothing has to fill at start. Who
// adds a call writes one line and one method of system.
//
// A few calls are in every Go program: os and the runtime's start make them.
// They have a door of their own, with a switch of their own, so that the linker
// leaves everything else out of a program which makes no others. calls.txt marks
// them "common"; the overlay sends package syscall's wrappers for them there. read
// has a third door: it leads to whatever can be read, the console's line
// discipline among it, and a program that reads nothing has none of that.
//
// Calls about sockets are marked "net". Their handlers are in programs that
// import package net; in others rt/posix/offline refuses these calls (see
// sockets_domlet_unsafe.go).
//
// # What is behind it
//
// A descriptor names a file (file.go), several may name the same one, and a
// call that runs in a file keeps it open, so closing a descriptor under a
// blocked read does what it does on Linux. What a file does is its object's
// matter: the console (console.go; terminal.go and tty.go are its input), a pipe
// (pipe.go), or an inode of the tree (opened.go, devices.go).
//
// The tree of names is in memory (tree.go, names.go, inode.go, content.go). The
// first call that names a file makes it, of the ramdisk (cpio.go) and of what is
// always there (populate.go); a program that makes no such call does not have it.
// walk.go follows paths the way Linux does. What the calls answer is held against
// Linux by sequences of random calls (package filetest).
//
// A socket (socket.go) is carried by something else: unix sockets (unix.go) by
// this package, Internet sockets by the Network that is linked into the program,
// which network.go describes. A carrier never waits; the socket does.
//
// Waiting is of two kinds. A pipe is filled by another goroutine, so its
// blocking ends wait on a condition variable and Go's own deadlock detector
// counts them. The console is filled and emptied by dom0, so it waits in the
// kernel. A nonblocking descriptor answers EAGAIN, and Go's poller waits: for
// that the descriptor's number is the number of its slot in the poller, and an
// object that becomes ready raises the slots of all its descriptors.
//
// Locks are taken in this order: that of all unix sockets, the tree's, the
// descriptor table's, an object's or an inode's, a file's.
//
// # Before main
//
// A program's package init functions run before most other code and may read
// files or start goroutines. So nothing here has an init: the state is one zero
// value, root, that the first call starts; the tables are read-only data; no
// goroutine is ours.
//
// # What it stands on
//
// kernel.go lists what is asked of the kernel: a ring for the console, clocks,
// random bytes, poll slots. In a domain these are functions that rt/kernel
// supplies when the image is linked. On a developer's machine they are a fake,
// and the tests make the same calls here and in the Linux kernel they run on
// and compare every result.
package posix

//go:generate go run ./internal/gentable calls.txt table.go
