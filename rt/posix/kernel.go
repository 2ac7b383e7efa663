// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// The seam downward: what this package asks of the kernel. Tests inject a fake;
// inside a domain kernel_domlet.go has a type of the same name instead, so that
// nothing is called through an interface there.

package posix

// kernel is everything below this package. All methods are called on a
// goroutine that holds its P; none of them keeps a slice it was given.
type kernel interface {
	// consoleWrite copies what fits into the console ring and returns how
	// many bytes that were; 0 is a full ring, -EFAULT memory that is not there.
	consoleWrite(p []byte) int
	// consoleRead takes up to len(p) typed bytes; 0 is none there, -EFAULT as
	// above.
	consoleRead(p []byte) int
	// consoleIsPipe tells the boot parameter console=: pipe, and not tty.
	consoleIsPipe() bool
	// consoleRaw says whether newlines go out as they are, in what the kernel
	// prints too, or as a return and a newline.
	consoleRaw(raw bool)
	// consoleDropped adds n to the bytes that were dropped and nobody was told
	// of: the domain's last lines do that.
	consoleDropped(n int64)
	// consoleWait parks the goroutine until the console had an event for
	// mode since the last wait, or nanotime reached deadline (0 is never):
	// then it returns false. It may also return true for no reason.
	consoleWait(mode byte, deadline int64) bool
	// raise tells Go's poller that descriptor slot is ready for mode.
	raise(slot uint32, mode byte)
	// slotReset says that descriptor slot now means another file or none.
	// Only a pollable one may be registered with Go's poller.
	slotReset(slot uint32, pollable bool)
	// exit ends the domain with code.
	exit(code int)
	// random fills p from the domain's generator.
	random(p []byte)
	// nanotime is the monotonic clock in ns.
	nanotime() int64
	// walltime is the time since 1970 in seconds and ns.
	walltime() (sec int64, nsec int32)
	// cputime is how long the domain's vCPUs have run, in ns.
	cputime() int64
	// memory returns the domain's memory and the free part of it, in bytes.
	memory() (total, free uint64)
	// ncpu is the number of vCPUs.
	ncpu() int
	// sleep parks the goroutine for ns > 0.
	sleep(ns int64)
	// kill sends a thread a signal, or with thread 0 the program.
	kill(thread, sig int) Errno
	// threadID is the number of the thread the goroutine is on, from 1.
	threadID() int
	// hostname copies the domain's name; 0 is unknown, -EAGAIN not yet known.
	hostname(p []byte) int
	// commandLine returns the line the domain was started with.
	commandLine() []byte
	// ramdisk returns the ramdisk, without a command line before it. It never
	// changes and never goes; nothing writes to it.
	ramdisk() []byte
	// image returns where the program's code lies: its first address and the
	// one behind its last.
	image() (low, high uintptr)
	// memoryCall passes a memory call to the kernel door and returns Linux's
	// raw result: -errno in the topmost 4095 values.
	memoryCall(nr uintptr, a [6]uintptr) uintptr
}
