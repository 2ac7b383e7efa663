// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Accesses that must fault: to an address that nothing is mapped at, to memory
// that is read-only, to memory that holds no code. In a domain and on Linux.

package main

import (
	"fmt"
	"reflect"
	"runtime/debug"
	"sync/atomic"
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
