// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build domlet

// The seam downward inside a domain: functions whose bodies rt/kernel supplies.

package posix

// rt/kernel pushes each of these bodies under this package's name.

func consoleWrite(p []byte) int
func consoleRead(p []byte) int
func consoleIsPipe() bool
func consoleRaw(raw bool)
func consoleDropped(n int64)
func consoleWait(mode byte, deadline int64) bool
func raise(slot uint32, mode byte)
func slotReset(slot uint32, pollable bool)
func exit(code int)
func random(p []byte)
func nanotime() int64
func walltime() (sec int64, nsec int32)
func cputime() int64
func memory() (total, free uint64)
func ncpu() int
func sleep(ns int64)
func kill(thread, sig int) uintptr
func threadID() int
func hostname(p []byte) int
func commandLine() []byte
func ramdisk() []byte
func image() (low, high uintptr)
func kernelCall(nr, a1, a2, a3, a4, a5, a6 uintptr) uintptr

// kernel is the kernel below. It has no state, and its methods vanish when the
// package is compiled; kernel.go says what they do.
type kernel struct{}

func (kernel) consoleWrite(p []byte) int                  { return consoleWrite(p) }
func (kernel) consoleRead(p []byte) int                   { return consoleRead(p) }
func (kernel) consoleIsPipe() bool                        { return consoleIsPipe() }
func (kernel) consoleRaw(raw bool)                        { consoleRaw(raw) }
func (kernel) consoleDropped(n int64)                     { consoleDropped(n) }
func (kernel) consoleWait(mode byte, deadline int64) bool { return consoleWait(mode, deadline) }
func (kernel) raise(slot uint32, mode byte)               { raise(slot, mode) }
func (kernel) slotReset(slot uint32, pollable bool)       { slotReset(slot, pollable) }
func (kernel) exit(code int)                              { exit(code) }
func (kernel) random(p []byte)                            { random(p) }
func (kernel) nanotime() int64                            { return nanotime() }
func (kernel) walltime() (sec int64, nsec int32)          { return walltime() }
func (kernel) cputime() int64                             { return cputime() }
func (kernel) memory() (total, free uint64)               { return memory() }
func (kernel) ncpu() int                                  { return ncpu() }
func (kernel) sleep(ns int64)                             { sleep(ns) }
func (kernel) kill(thread, sig int) Errno                 { return Errno(kill(thread, sig)) }
func (kernel) threadID() int                              { return threadID() }
func (kernel) hostname(p []byte) int                      { return hostname(p) }
func (kernel) commandLine() []byte                        { return commandLine() }
func (kernel) ramdisk() []byte                            { return ramdisk() }
func (kernel) image() (low, high uintptr)                 { return image() }
func (kernel) memoryCall(nr uintptr, a [6]uintptr) uintptr {
	return kernelCall(nr, a[0], a[1], a[2], a[3], a[4], a[5])
}
