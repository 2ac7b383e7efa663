// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Memory with guards, for tests of code that works on addresses. Host.

package testkit

import (
	"bytes"
	"runtime"
	"testing"
	"unsafe"
)

const (
	pageSize = 4096
	rubbish  = 0xee
)

// Memory returns n bytes of rubbish at a multiple of 4096, which stay where
// they are until the test ends. On either side lies a page that must not be
// written; the test fails if it was. It is handed out by address because that
// is how the code under test holds memory.
func Memory(t testing.TB, n int) (uintptr, []byte) {
	all := bytes.Repeat([]byte{rubbish}, n+3*pageSize)
	start := pageSize + int(-uintptr(unsafe.Pointer(&all[0]))%pageSize)
	t.Cleanup(func() {
		intact(t, all[:start])
		intact(t, all[start+n:])
		runtime.KeepAlive(all)
	})
	return uintptr(unsafe.Pointer(&all[start])), all[start : start+n : start+n]
}

// Zeroed is Memory cleared.
func Zeroed(t testing.TB, n int) (uintptr, []byte) {
	addr, mem := Memory(t, n)
	clear(mem)
	return addr, mem
}

func intact(t testing.TB, guard []byte) {
	for i, b := range guard {
		if b != rubbish {
			t.Errorf("byte %d of a guard of %d was written: %#x", i, len(guard), b)
			return
		}
	}
}
