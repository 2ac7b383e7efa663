// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Pages of the domain's own that it may share. Kernel, lock held; the seam's
// functions at the end run on a goroutine.

//go:build domlet

package kernel

import (
	_ "unsafe" // for go:linkname

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

// allocCall takes pages that follow each other: frames that do, in the direct
// map, or any frames in the window. They are zeroed by the caller.
func allocCall(t *thread) uintptr {
	n := uint32(min(t.di, uintptr(memory.total)))
	if n == 0 || memory.frames.Available() < n+reserve {
		return 0
	}
	if pfn, ok := memory.frames.AllocRun(n, 1); ok {
		return frame(pfn)
	}
	return assemble(n)
}

// assemble maps frames from wherever they are at addresses of the window.
func assemble(n uint32) uintptr {
	va, ok := takeRange(n)
	if !ok {
		return 0
	}
	if !fillRange(va, n) {
		giveRange(va, n)
		return 0
	}
	return va
}

// fillRange puts a frame behind each of n pages at va, whose tables are there.
func fillRange(va uintptr, n uint32) bool {
	for i := range uintptr(n) {
		pfn, ok := takeFrame()
		if !ok {
			flushWrites()
			decommit(va, va+i*raw.PageSize)
			return false
		}
		mapPage(va+i*raw.PageSize, pfn, true)
	}
	flushWrites()
	flushTLB() // zeros of an earlier mapping may have been there
	return true
}

// inWindow reports whether pages are in the window, not in the direct map.
func inWindow(va uintptr) bool {
	return va >= foreignBase && va < foreignBase+foreignPages*raw.PageSize
}

// freeCall takes pages back.
func freeCall(t *thread) uintptr {
	va, n := t.di, uint32(t.si)
	ok := false
	if inWindow(va) {
		decommit(va, va+uintptr(n)*raw.PageSize)
		ok = giveRange(va, n)
	} else {
		ok = memory.frames.FreeRun(frameAt(va), n)
	}
	if !ok {
		return errno(abi.XEN_EINVAL)
	}
	return 0
}

// frameCall returns what Xen calls the frame behind a page of the window.
func frameCall(t *thread) uintptr {
	const number = 1<<52 - 1<<12 // of a page-table entry
	table, ok := tableOf(t.di, 1)
	if !ok {
		return 0
	}
	return uintptr(*raw.Word64(frame(table), t.di>>12&511)) & number >> 12
}

//go:linkname guestAlloc github.com/domlet/domlet/xen/guest.Alloc
func guestAlloc(pages int) uintptr {
	linkGrants()
	addr := doorCall(sysAlloc, uintptr(pages), 0, 0, 0, 0, 0)
	if addr != 0 {
		raw.ZeroWords(addr, uintptr(pages)*raw.PageSize/8)
	}
	return addr
}

//go:linkname guestFree github.com/domlet/domlet/xen/guest.Free
func guestFree(addr uintptr, pages int) bool {
	return doorCall(sysFree, addr, uintptr(pages), 0, 0, 0, 0) == 0
}

//go:linkname guestFrame github.com/domlet/domlet/xen/guest.Frame
func guestFrame(addr uintptr) uint64 {
	if inWindow(addr) {
		return uint64(doorCall(sysFrame, addr, 0, 0, 0, 0, 0))
	}
	return xenFrame(frameAt(addr))
}
