// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the posix layer asks of the kernel: ordinary functions on a goroutine,
// pushed by linkname. Each makes a door call at most.

//go:build domlet

package kernel

import (
	"sync/atomic"
	"unsafe"

	"github.com/domlet/domlet/rt/kernel/slots"
)

func addrOf(p []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(p))) }

// The goroutine's stack may be where p lies: nosplit from the conversion on.

//go:linkname posixConsoleWrite github.com/domlet/domlet/rt/posix.consoleWrite
//go:nosplit // p may lie on the stack
func posixConsoleWrite(p []byte) int {
	return int(doorCall(sysConsoleWrite, addrOf(p), uintptr(len(p)), 0, 0, 0, 0))
}

//go:linkname posixConsoleRead github.com/domlet/domlet/rt/posix.consoleRead
//go:nosplit // p may lie on the stack
func posixConsoleRead(p []byte) int {
	return int(doorCall(sysConsoleRead, addrOf(p), uintptr(len(p)), 0, 0, 0, 0))
}

//go:linkname posixConsoleIsPipe github.com/domlet/domlet/rt/posix.consoleIsPipe
func posixConsoleIsPipe() bool { return params.console != 0 }

//go:linkname posixConsoleRaw github.com/domlet/domlet/rt/posix.consoleRaw
func posixConsoleRaw(raw bool) { console.raw = raw }

// posixConsoleDropped counts for the posix layer. On a thread, without the lock.
//
//go:linkname posixConsoleDropped github.com/domlet/domlet/rt/posix.consoleDropped
func posixConsoleDropped(n int64) { atomic.AddInt64(&console.untold, n) }

//go:linkname posixRandom github.com/domlet/domlet/rt/posix.random
//go:nosplit // p may lie on the stack
func posixRandom(p []byte) { doorCall(sysRandom, addrOf(p), uintptr(len(p)), 0, 0, 0, 0) }

//go:linkname posixRaise github.com/domlet/domlet/rt/posix.raise
func posixRaise(slot uint32, mode byte) {
	bits := uint32(slots.Read)
	if mode == 'w' {
		bits = slots.Write
	}
	raiseHere(slot, bits)
}

//go:linkname posixSlotReset github.com/domlet/domlet/rt/posix.slotReset
func posixSlotReset(slot uint32, pollable bool) { setPollable(slot, pollable) }

//go:linkname posixExit github.com/domlet/domlet/rt/posix.exit
func posixExit(code int) { doorCall(sysExitGroup, uintptr(code), 0, 0, 0, 0, 0) }

//go:linkname posixNanotime github.com/domlet/domlet/rt/posix.nanotime
func posixNanotime() int64 { return nanotime() }

//go:linkname posixWalltime github.com/domlet/domlet/rt/posix.walltime
func posixWalltime() (sec int64, nsec int32) { return walltime() }

//go:linkname posixCPUTime github.com/domlet/domlet/rt/posix.cputime
func posixCPUTime() int64 {
	var s Stats
	s.Read()
	return s.CPUTime
}

//go:linkname posixMemory github.com/domlet/domlet/rt/posix.memory
func posixMemory() (total, free uint64) {
	var s Stats
	s.Read()
	return s.Frames * 4096, s.Free * 4096
}

//go:linkname posixNCPU github.com/domlet/domlet/rt/posix.ncpu
func posixNCPU() int { return int(cpus.n) }

//go:linkname posixKill github.com/domlet/domlet/rt/posix.kill
func posixKill(thread, sig int) uintptr {
	if thread == 0 {
		return -doorCall(sysKill, 1, uintptr(sig), 0, 0, 0, 0)
	}
	return -doorCall(sysTgkill, 1, uintptr(thread), uintptr(sig), 0, 0, 0)
}

//go:linkname posixThreadID github.com/domlet/domlet/rt/posix.threadID
func posixThreadID() int { return int(doorCall(sysGettid, 0, 0, 0, 0, 0, 0)) }

//go:linkname posixKernelCall github.com/domlet/domlet/rt/posix.kernelCall
//go:nosplit // arguments may point to the stack
func posixKernelCall(nr, a1, a2, a3, a4, a5, a6 uintptr) uintptr {
	return doorCall(nr, a1, a2, a3, a4, a5, a6)
}
