// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The monotonic clock as nanotime has it.

//go:build domlet

package main

import (
	"syscall"
	"unsafe" // clock_gettime fills a struct
)

// clock reads CLOCK_MONOTONIC: seconds and nanoseconds.
func clock(now *[2]int64) {
	const monotonic = 1
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, monotonic, uintptr(unsafe.Pointer(now)), 0) // the call fills it
}
