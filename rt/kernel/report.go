// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What is said of a thread, or of the kernel, that trapped: registers, code
// addresses with their names, recent events. Kernel; the lock may or may not be
// held, because nothing goes on afterwards.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/rt/kernel/symbols"
	"github.com/domlet/domlet/xen/raw"
)

// dump prints a thread's registers, what its stack says of its callers, and what
// the kernel did last.
func dump(t *thread) {
	sayReg("vector ", t.vector)
	sayReg(" code ", t.code)
	sayReg(" cr2 ", cr2())
	sayReg(" thread ", uintptr(t.id))
	say("\nrip ")
	sayCode(t.ip)
	sayReg("\nrsp ", t.sp)
	sayReg(" rflags ", t.flags)
	sayReg(" fs ", t.fs)
	sayReg("\nrax ", t.ax)
	sayReg(" rbx ", t.bx)
	sayReg(" rcx ", t.cx)
	sayReg(" rdx ", t.dx)
	sayReg("\nrsi ", t.si)
	sayReg(" rdi ", t.di)
	sayReg(" rbp ", t.bp)
	sayReg(" r8 ", t.r8)
	sayReg("\nr9 ", t.r9)
	sayReg(" r10 ", t.r10)
	sayReg(" r11 ", t.r11)
	sayReg(" r12 ", t.r12)
	sayReg("\nr13 ", t.r13)
	sayReg(" r14 ", t.r14)
	sayReg(" r15 ", t.r15)
	say("\n")
	dumpStack(t.sp)
	sayHistory()
}

// dumpStack prints the words above a stack pointer that look like code.
func dumpStack(sp uintptr) {
	say("code addresses on the stack:\n")
	for at, n := sp&^7, 0; at < sp+4096 && n < 16 && mapped(at); at += 8 {
		if v := *(*uintptr)(raw.Ptr(at)); v >= imageBase && v < codeEnd {
			say("  ")
			sayCode(v)
			say("\n")
			n++
		}
	}
}

// modules is the address of the runtime's description of the image. The linker
// lets other packages name this variable.
//
//go:linkname modules runtime.lastmoduledatap
var modules uintptr

// sayCode prints a code address, and the function that it belongs to.
func sayCode(pc uintptr) {
	sayBase(uint64(pc), 16)
	table := symbols.At(modules)
	name, ok := table.Find(pc)
	if !ok {
		return
	}
	say(" ")
	say(unsafe.String((*byte)(raw.Ptr(name.Addr)), name.Len))
	sayReg("+0x", name.Offset)
}

func sayReg(name string, v uintptr) {
	say(name)
	sayBase(uint64(v), 16)
}

func sayNumber(v uint64) { sayBase(v, 10) }

func sayBase(v, base uint64) {
	var d [20]byte
	p := digits(&d, v, base)
	say(unsafe.String(unsafe.SliceData(p), len(p)))
}
