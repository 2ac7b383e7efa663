// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build domlet

// The door inside a domain: what the overlaid package syscall calls. It is bound
// by the linker; nothing here runs before the first call.

package posix

import "unsafe" // the door's pointers, and the linknames

// root is the one state of the program; its zero value is ready.
var root system

// pointers says which of a call's six arguments may be pointers, as bits.
// It is called in package syscall's nosplit frame, which must learn this
// before anything can move the stack.
//
//go:linkname pointers syscall.domletPointers
//go:nosplit
func pointers(nr uintptr) uint8 {
	if nr >= uintptr(len(index)) {
		return 0
	}
	return entries[index[nr]].pointers
}

// call runs one system call: word holds its arguments and pointer, typed, those
// of them that are pointers. errno is 0 for success, else r1 is all ones.
//
//go:linkname call syscall.domletCall
func call(nr uintptr, word [6]uintptr, pointer [6]unsafe.Pointer) (r1, r2, errno uintptr) { // syscall's own types
	a := arguments{word: word, pointer: pointer, nr: nr}
	return results(started().call(&a))
}

// commonCall is call for what every program calls.
//
//go:linkname commonCall syscall.domletCommonCall
func commonCall(nr uintptr, word [6]uintptr, pointer [6]unsafe.Pointer) (r1, r2, errno uintptr) { // as above
	a := arguments{word: word, pointer: pointer, nr: nr}
	return results(started().callCommon(&a))
}

// readCall is call for read.
//
//go:linkname readCall syscall.domletReadCall
func readCall(nr uintptr, word [6]uintptr, pointer [6]unsafe.Pointer) (r1, r2, errno uintptr) { // as above
	a := arguments{word: word, pointer: pointer, nr: nr}
	return results(started().callRead(&a))
}

// started returns the root, started by the first call.
func started() *system {
	if !root.ready.Load() {
		root.start(kernel{})
	}
	return &root
}

// results returns a result as package syscall wants it.
func results(r uintptr, e Errno) (r1, r2, errno uintptr) {
	if e != 0 {
		return ^uintptr(0), 0, uintptr(e)
	}
	return r, 0, 0
}
