// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A fault at an address that nothing is mapped at. In a domain and on Linux.

package main

import (
	"fmt"
	"runtime/debug"
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
