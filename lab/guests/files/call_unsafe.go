// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// System calls with arguments of several kinds. Runs in the program.

package main

import (
	"runtime"
	"syscall"
	"unsafe" // addresses of arguments
)

// call makes a system call, as filetest.Caller says.
func call(nr uintptr, list ...any) (int, syscall.Errno) {
	var word [6]uintptr
	var at [6]unsafe.Pointer // what the kernel reads or writes
	for i, v := range list {
		switch v := v.(type) {
		case int:
			word[i] = uintptr(v)
		case string:
			at[i] = unsafe.Pointer(unsafe.StringData(v + "\x00")) // a C string
		case []byte:
			at[i] = unsafe.Pointer(unsafe.SliceData(v)) // a buffer
		}
	}
	for i := range word {
		word[i] |= uintptr(at[i])
	}
	r, _, e := syscall.Syscall6(nr, word[0], word[1], word[2], word[3], word[4], word[5])
	runtime.KeepAlive(&at)
	if e != 0 {
		r = 0
	}
	return int(r), e
}
