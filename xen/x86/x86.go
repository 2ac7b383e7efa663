// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// One instruction to a function. Any context.

//go:build domlet

package x86

// CPUID asks the CPU about itself, or Xen about the CPU.
func CPUID(leaf, sub uint32) (a, b, c, d uint32)

// WriteMSR writes a model-specific register. It raises #GP where there is none
// of that number, or in a PV domain none that a guest may write.
func WriteMSR(msr uint32, v uint64)

// ReadMSR reads a model-specific register, with the conditions of WriteMSR.
func ReadMSR(msr uint32) uint64

// CR2 is the address of the last page fault of this CPU. Not in a PV domain.
func CR2() uintptr

// SetCR3 changes to the page tables at physical address v, and forgets every
// translation that is not global. Not in a PV domain.
func SetCR3(v uint64)

// CR3 is the physical address of the top page table. Not in a PV domain.
func CR3() uint64

// InvalidatePage has this CPU forget what it knows of the page at va. Not in a PV
// domain.
func InvalidatePage(va uintptr)

// CR4 returns the CPU's feature switches.
func CR4() uint64

// SetCR4 sets the CPU's feature switches; a bit that it has not raises #GP. In a
// PV domain Xen emulates the write.
func SetCR4(v uint64)

// XCR0 returns which register sets are used. CR4.OSXSAVE must be set.
func XCR0() uint64

// SetXCR0 says which register sets are used. A PV domain's Xen emulates it.
func SetXCR0(v uint64)

// Out writes a byte to an I/O port. Not in a PV domain.
func Out(port uint16, v uint8)
