// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Pages of a Linux process. Any goroutine.

//go:build !domlet

package pages

import "syscall"

// dontDump is MADV_DONTDUMP of asm-generic/mman-common.h.
const dontDump = 16

// Local returns the pages of the world that the program runs in. In Linux they are
// left out of core dumps; they may be swapped.
func Local() Source { return process{} }

// process has the kernel's pages.
type process struct{}

func (process) Alloc(n int) []byte {
	mem, err := syscall.Mmap(-1, 0, n*Size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil
	}
	syscall.Madvise(mem, dontDump) // a kernel that cannot only dumps more
	return mem
}

func (process) Free(mem []byte) {
	clear(mem)
	if syscall.Munmap(mem) != nil {
		panic("pages: given back twice")
	}
}
