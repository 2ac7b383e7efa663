// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The forbidden accesses. Every use of unsafe here makes an address of something
// that Go would not let the program touch: that is the test.

package main

import (
	"os"
	"reflect"
	"strconv"
	"unsafe"
)

// imageBase is where the image begins, with its ELF header.
const imageBase = 4 << 20

// ret is the instruction RET: what is run, if it can be run, comes back.
const ret = 0xc3

// sink keeps what is read, and object is on the heap because it is kept.
var (
	sink   byte
	object *[16]byte
)

// text is the address of the program's own code.
func text() uintptr { return reflect.ValueOf(text).Pointer() }

// at turns an address into a pointer.
func at(addr uintptr) *byte {
	return (*byte)(unsafe.Add(nil, addr)) // of no object of Go's
}

//go:noinline
func write(p *byte) { *p ^= 1 }

//go:noinline
func read(p *byte) { sink = *p }

// call runs the code at an address. A func value points at a word that holds it.
//
//go:noinline
func call(entry *byte) {
	word := &entry
	(*(*func())(unsafe.Pointer(&word)))() // what a func value is
}

func writeText(string)    { write(at(text())) }
func writeHeaders(string) { write(at(imageBase)) }
func readZero(string)     { read(at(8)) }
func readBelow(string)    { read(at(imageBase - 1)) }
func callZero(string)     { call(at(8)) }

func writeConstant(string) {
	write(unsafe.StringData("a constant")) // a string's bytes lie with the constants
}

// alias is the address of the program's code in the kernel's direct map. The
// argument says how far that is from the image.
func alias(arg string) *byte {
	distance, err := strconv.ParseUint(arg, 0, 64)
	if err != nil {
		println("protection: how far is the direct map from the image?")
		os.Exit(64)
	}
	p := at(text() + uintptr(distance))
	read(p) // it is there
	return p
}

func writeAlias(arg string) { write(alias(arg)) }
func runAlias(arg string)   { call(alias(arg)) }

// filled is initialized data, zeroed is not.
var (
	filled = [16]byte{ret}
	zeroed [16]byte
)

func runData(string) { call(&filled[0]) }

func runZeroed(string) {
	zeroed[0] = ret
	call(&zeroed[0])
}

func runHeap(string) {
	object = &[16]byte{ret}
	call(&object[0])
}

// runStack hides the address from the compiler, which would move code whose
// address leaves the function to the heap.
func runStack(string) {
	var code [16]byte
	code[0] = ret
	call(at(uintptr(unsafe.Pointer(&code)))) // the stack does not move meanwhile
	sink = code[0]
}
