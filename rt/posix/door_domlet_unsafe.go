//go:build domlet

// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The two ends of the package inside a domain: the door, which the overlaid
// package syscall calls, and the seam, whose bodies rt/kernel supplies. Both
// are bound by the linker; nothing here runs before the first call.

package posix

import "unsafe" // the door's pointers and the linknames

// root is the one state of the program; its zero value is ready.
var root system

// pointers says which of a call's six arguments may be pointers, as bits.
// It is called in package syscall's nosplit frame, which must learn this
// before anything can move the stack.
//
//go:linkname pointers syscall.domletPointers
//go:nosplit
func pointers(nr uintptr) uint8 {
	if nr >= uintptr(len(table)) {
		return 0
	}
	return table[nr].pointers
}

// call runs one system call: word holds its arguments and pointer, typed, those
// of them that are pointers. errno is 0 for success, else r1 is all ones.
//
//go:linkname call syscall.domletCall
func call(nr uintptr, word [6]uintptr, pointer [6]unsafe.Pointer) (r1, r2, errno uintptr) {
	if !root.ready.Load() {
		root.start(guest{})
	}
	r, e := root.call(nr, arguments{word, pointer})
	if e != 0 {
		return ^uintptr(0), 0, uintptr(e)
	}
	return r, 0, 0
}

// The seam. rt/kernel pushes each body under this package's name.

func consoleWrite(p []byte) int
func consoleRead(p []byte) int
func consoleWait(mode byte, deadline int64) bool
func raise(slot uint32, mode byte)
func slotReset(slot uint32, pollable bool)
func exit(code int)
func random(p []byte)
func nanotime() int64
func walltime() (sec int64, nsec int32)
func cputime() int64
func memory() (total, free uint64)
func ncpu() int
func sleep(ns int64)
func kill(sig int) uintptr
func threadID() int
func hostname(p []byte) int
func kernelCall(nr, a1, a2, a3, a4, a5, a6 uintptr) uintptr

// guest is the kernel of a domain.
type guest struct{}

func (guest) consoleWrite(p []byte) int                  { return consoleWrite(p) }
func (guest) consoleRead(p []byte) int                   { return consoleRead(p) }
func (guest) consoleWait(mode byte, deadline int64) bool { return consoleWait(mode, deadline) }
func (guest) raise(slot uint32, mode byte)               { raise(slot, mode) }
func (guest) slotReset(slot uint32, pollable bool)       { slotReset(slot, pollable) }
func (guest) exit(code int)                              { exit(code) }
func (guest) random(p []byte)                            { random(p) }
func (guest) nanotime() int64                            { return nanotime() }
func (guest) walltime() (sec int64, nsec int32)          { return walltime() }
func (guest) cputime() int64                             { return cputime() }
func (guest) memory() (total, free uint64)               { return memory() }
func (guest) ncpu() int                                  { return ncpu() }
func (guest) sleep(ns int64)                             { sleep(ns) }
func (guest) kill(sig int) Errno                         { return Errno(kill(sig)) }
func (guest) threadID() int                              { return threadID() }
func (guest) hostname(p []byte) int                      { return hostname(p) }
func (guest) memoryCall(nr uintptr, a [6]uintptr) uintptr {
	return kernelCall(nr, a[0], a[1], a[2], a[3], a[4], a[5])
}
