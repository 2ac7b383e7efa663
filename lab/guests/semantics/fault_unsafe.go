// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Accesses that must fault: to an address that nothing is mapped at, to memory
// that is read-only, to memory that holds no code. In a domain and on Linux.

package main

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// panicOnFault reads an address that nothing is mapped at.
func panicOnFault(string) error {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	const address = 0x7000_0000_0000
	// An address of no object: that is what makes it fault.
	value := catch(func() { sink = *(*int)(unsafe.Add(nil, address)) })
	fault, ok := value.(interface{ Addr() uintptr })
	if !ok {
		return fmt.Errorf("panicked with %v, want a fault that knows its address", value)
	}
	if fault.Addr() != address {
		return fmt.Errorf("the fault names %#x, want %#x", fault.Addr(), uintptr(address))
	}
	return nil
}

// protection tries to change the program's code and its constants, and to run
// data as code.
func protection(string) error {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	code := reflect.ValueOf(protection).Pointer()
	if catch(func() { touch(unsafe.Add(nil, code)) }) == nil { // unsafe to write: that is the test
		return fmt.Errorf("code can be overwritten")
	}
	constant := unsafe.StringData("read-only")                    // unsafe to write: that is the test
	if catch(func() { touch(unsafe.Pointer(constant)) }) == nil { // as above
		return fmt.Errorf("a constant can be overwritten")
	}
	if catch(runData) == nil {
		return fmt.Errorf("data can be run as code")
	}
	return nil
}

// readOnly maps memory that must not be written, makes it writable, and not again:
// what was written stays.
func readOnly(string) error {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	const size = 3 * 4096
	b, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return err
	}
	if b[size-1] != 0 {
		return fmt.Errorf("new memory holds %d", b[size-1])
	}
	for round := range 2 { // a page that was read before, one that was not, and both again
		for _, i := range []int{0, size - 1} {
			if err := refused(b, i); err != nil {
				return err
			}
		}
		if err := errors.Join(fillProtected(b, byte(round+1)), syscall.Mprotect(b, syscall.PROT_READ)); err != nil {
			return err
		}
		if n := bytes.Count(b, []byte{byte(round + 1)}); n != size {
			return fmt.Errorf("%d bytes of %d are left", n, size)
		}
	}
	return syscall.Munmap(b)
}

// refused writes where it must not.
func refused(b []byte, i int) error {
	before := b[i]
	fault, ok := catch(func() { b[i]++ }).(interface{ Addr() uintptr })
	switch want := uintptr(unsafe.Pointer(&b[i])); { // the address only
	case !ok:
		return fmt.Errorf("byte %d of read-only memory could be written", i)
	case fault.Addr() != want:
		return fmt.Errorf("the fault names %#x, want %#x", fault.Addr(), want)
	case b[i] != before:
		return fmt.Errorf("byte %d was %d and is %d", i, before, b[i])
	}
	return nil
}

// fillProtected makes memory writable and writes all of it.
func fillProtected(b []byte, with byte) error {
	if err := syscall.Mprotect(b, syscall.PROT_READ|syscall.PROT_WRITE); err != nil {
		return err
	}
	for i := range b {
		b[i] = with
	}
	return nil
}

// touch writes to a place without changing what is there, so that a protection
// that is missing harms nothing else.
func touch(at unsafe.Pointer) {
	atomic.OrUint32((*uint32)(at), 0)
}

// runData calls a RET instruction that lies on the heap.
func runData() {
	code := &[16]byte{0xc3}
	entry := &code
	// A func value is the unsafe address of a word that holds the entry point.
	(*(*func())(unsafe.Pointer(&entry)))()
}
