// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The posix door: system calls of package syscall (and of x/sys/unix, which
// jumps here) become calls of ordinary Go on the caller's goroutine.

package syscall

import "unsafe"

// domletPointers tells which of the six arguments of call nr are pointers, bit
// i for argument i. Pushed by rt/posix.
//
//go:nosplit // the stack may not move before the pointers are retyped
func domletPointers(nr uintptr) uint8

// domletCall serves call nr. Its pointer arguments come in p, everything else
// in a. Pushed by rt/posix.
func domletCall(nr uintptr, a [6]uintptr, p [6]unsafe.Pointer) (r1, r2, errno uintptr)

// domletCommonCall is domletCall for what every program calls, so that a
// program which calls nothing else is not linked with the rest.
func domletCommonCall(nr uintptr, a [6]uintptr, p [6]unsafe.Pointer) (r1, r2, errno uintptr)

// domletReadCall is domletCall for read: a program that reads nothing is linked
// without what can be read.
func domletReadCall(nr uintptr, a [6]uintptr, p [6]unsafe.Pointer) (r1, r2, errno uintptr)

// domletSmall is the first value that may be an address: where an argument is
// an integer for some calls and a pointer for others, integers are smaller.
const domletSmall = 4096

// domletTyped returns those of the arguments that are pointers as pointers. It
// comes before the first call that may grow the stack: a uintptr into the
// caller's stack would go stale.
//
//go:nosplit // the stack may not move before the pointers are retyped
func domletTyped(nr uintptr, a *[6]uintptr) (p [6]unsafe.Pointer) {
	m := domletPointers(nr)
	for i, word := range a {
		if m>>i&1 != 0 && word >= domletSmall {
			p[i] = unsafe.Pointer(word)
		}
	}
	return p
}

//go:uintptrkeepalive
//go:nosplit // the stack may not move before the pointers are retyped
func domletDoor(nr, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err Errno) {
	a := [6]uintptr{a1, a2, a3, a4, a5, a6}
	r1, r2, e := domletCall(nr, a, domletTyped(nr, &a))
	return r1, r2, Errno(e)
}

// domletCommon6 is Syscall6 for what every program calls.
//
//go:uintptrkeepalive
//go:nosplit // a caller's uintptr may point into its stack
func domletCommon6(nr, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err Errno) {
	a := [6]uintptr{a1, a2, a3, a4, a5, a6}
	r1, r2, e := domletCommonCall(nr, a, domletTyped(nr, &a))
	return r1, r2, Errno(e)
}

//go:uintptrkeepalive
//go:nosplit // a caller's uintptr may point into its stack
func domletCommon(nr, a1, a2, a3 uintptr) (r1, r2 uintptr, err Errno) {
	return domletCommon6(nr, a1, a2, a3, 0, 0, 0)
}

// domletRead is Syscall for read.
//
//go:uintptrkeepalive
//go:nosplit // a caller's uintptr may point into its stack
func domletRead(nr, a1, a2, a3 uintptr) (r1, r2 uintptr, err Errno) {
	a := [6]uintptr{a1, a2, a3}
	r1, r2, e := domletReadCall(nr, a, domletTyped(nr, &a))
	return r1, r2, Errno(e)
}

// domletFcntl is fcntl as internal/syscall/unix wants it.
//
//go:linkname domletFcntl
func domletFcntl(fd, cmd, arg int32) (r, errno int32) {
	r1, _, e := domletCommon(SYS_FCNTL, uintptr(fd), uintptr(cmd), uintptr(arg))
	if e != 0 {
		return -1, int32(e)
	}
	return int32(r1), 0
}

//go:uintptrkeepalive
//go:nosplit // a caller's uintptr may point into its stack
//go:norace
//go:linkname RawSyscall
func RawSyscall(trap, a1, a2, a3 uintptr) (r1, r2 uintptr, err Errno) {
	return domletDoor(trap, a1, a2, a3, 0, 0, 0)
}

//go:uintptrkeepalive
//go:nosplit // a caller's uintptr may point into its stack
//go:norace
//go:linkname RawSyscall6
func RawSyscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err Errno) {
	return domletDoor(trap, a1, a2, a3, a4, a5, a6)
}

//go:uintptrkeepalive
//go:nosplit // a caller's uintptr may point into its stack
//go:linkname Syscall
func Syscall(trap, a1, a2, a3 uintptr) (r1, r2 uintptr, err Errno) {
	return domletDoor(trap, a1, a2, a3, 0, 0, 0)
}

//go:uintptrkeepalive
//go:nosplit // a caller's uintptr may point into its stack
//go:linkname Syscall6
func Syscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err Errno) {
	return domletDoor(trap, a1, a2, a3, a4, a5, a6)
}

//go:uintptrkeepalive
//go:nosplit // a caller's uintptr may point into its stack
func rawSyscallNoError(trap, a1, a2, a3 uintptr) (r1, r2 uintptr) {
	r1, r2, e := domletDoor(trap, a1, a2, a3, 0, 0, 0)
	if e != 0 {
		return -uintptr(e), 0
	}
	return r1, r2
}

func gettimeofday(tv *Timeval) (err Errno) {
	_, _, err = domletDoor(SYS_GETTIMEOFDAY, uintptr(unsafe.Pointer(tv)), 0, 0, 0, 0, 0)
	return err
}
