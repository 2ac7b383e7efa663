// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The memory calls of the kernel door, with Linux's meaning for private
// anonymous memory. Kernel, lock held.

//go:build domlet

package kernel

import (
	"github.com/domlet/domlet/rt/kernel/space"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

// Linux's arguments (asm-generic/mman-common.h).
const (
	mapFixed         = 0x10
	mapAnonymous     = 0x20
	madvDontneed     = 4
	madvFree         = 8
	madvHugepage     = 14
	madvNohugepage   = 15
	madvPopulateRead = 22
	madvPopulate     = 23
)

// errno makes a system call's answer of an error number.
func errno(e uintptr) uintptr { return -e }

func roundUp(n uintptr) uintptr { return (n + raw.PageSize - 1) &^ (raw.PageSize - 1) }

// sane reports whether [addr, addr+size) is a page-aligned range of the program's.
func sane(addr, size uintptr) bool {
	return addr%raw.PageSize == 0 && addr >= lowest && size != 0 && size <= highest-lowest && addr <= highest-size
}

// own reports whether the kernel itself mapped nothing in the range.
func own(start, end uintptr) bool {
	for {
		r, ok := memory.space.Next(start)
		if !ok || r.Start >= end {
			return true
		}
		if r.Kind == space.Fixed {
			return false
		}
		start = r.End
	}
}

func mmap(addr, size, prot, flags uintptr) uintptr {
	size = roundUp(size)
	if flags&mapAnonymous == 0 {
		return errno(abi.XEN_ENODEV)
	}
	if flags&mapFixed == 0 {
		hint := addr &^ (raw.PageSize - 1)
		at, ok := memory.space.Gap(hint, size, lowest, highest)
		if !ok || size == 0 {
			return errno(abi.XEN_ENOMEM)
		}
		addr = at
	}
	if !sane(addr, size) || !own(addr, addr+size) {
		return errno(abi.XEN_EINVAL)
	}
	if !memory.space.Set(addr, addr+size, kindOf(prot)) {
		return errno(abi.XEN_ENOMEM)
	}
	decommit(addr, addr+size)
	return addr
}

// kindOf knows three protections: none, reading, and all but running.
func kindOf(prot uintptr) space.Kind {
	const read, write = 1, 2
	switch {
	case prot&write != 0:
		return space.Demand
	case prot&read != 0:
		return space.Constant
	}
	return space.Reserved
}

func munmap(addr, size uintptr) uintptr {
	size = roundUp(size)
	if !sane(addr, size) || !own(addr, addr+size) {
		return errno(abi.XEN_EINVAL)
	}
	if !memory.space.Clear(addr, addr+size) {
		return errno(abi.XEN_ENOMEM)
	}
	decommit(addr, addr+size)
	return 0
}

// mprotect drops the content where it takes all access away: the Go runtime never
// wants it back.
func mprotect(addr, size, prot uintptr) uintptr {
	size = roundUp(size)
	if !sane(addr, size) || !own(addr, addr+size) {
		return errno(abi.XEN_EINVAL)
	}
	kind := kindOf(prot)
	if !memory.space.Set(addr, addr+size, kind) {
		return errno(abi.XEN_ENOMEM)
	}
	if kind == space.Reserved {
		decommit(addr, addr+size)
	} else {
		remap(addr, addr+size, kind == space.Demand)
	}
	return 0
}

func madvise(addr, size, advice uintptr) uintptr {
	size = roundUp(size)
	if !sane(addr, size) {
		return errno(abi.XEN_EINVAL)
	}
	switch advice {
	case madvDontneed, madvFree:
		if !own(addr, addr+size) {
			return errno(abi.XEN_EINVAL)
		}
		decommit(addr, addr+size)
		return 0
	case madvPopulate, madvPopulateRead:
		return populate(addr, addr+size, advice == madvPopulateRead)
	case madvHugepage, madvNohugepage:
		return 0
	}
	return errno(abi.XEN_EINVAL)
}

// populate commits what the heap or a stack is about to use. try: the caller has
// something else to try if there is not enough.
func populate(start, end uintptr, try bool) uintptr {
	if !memory.space.Is(start, end, space.Demand) {
		return errno(abi.XEN_ENOMEM)
	}
	if commit(start, end) {
		return 0
	}
	if !try {
		sayOutOfMemory("the heap or a stack", (end-start)/raw.PageSize)
	}
	return errno(abi.XEN_ENOMEM)
}
