// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the CPU itself looks into: each vCPU's descriptor tables. They lie in a
// page of the direct map, and nowhere else, that can only be read once the vCPU
// uses it: a wild store changes neither where an exception enters nor on which
// stack. The CPU writes there once, when it marks the TSS as busy; accessed is set
// in the other descriptors from the start. Set-up, interrupts off.

//go:build domlet

package pvh

import (
	"unsafe"

	"github.com/domlet/domlet/xen/raw"
)

// Selectors of the GDT, the same as in the entry code's.
const (
	CodeSelector = 0x08
	DataSelector = 0x10

	selCode = CodeSelector
	selData = DataSelector
	selTask = 0x18
)

// Descriptors (Intel SDM volume 3, 3.4.5 and 7.2.3): 64-bit code and flat data
// of ring 0, and a TSS still without address and limit.
const (
	codeSegment = 0x00af9b000000ffff
	dataSegment = 0x00cf93000000ffff
	taskSegment = 0x0000890000000000
)

// Stacks of exceptions, by number in a gate. Each begins anew with every
// exception, so an NMI and a double fault, which may come while the frame of
// another is not yet copied, have their own.
const (
	StackRunning = 0 // none: what ran goes on being used
	StackTrap    = 1
	StackNMI     = 2
	StackDouble  = 3
)

// Stacks is how many there are.
const Stacks = StackDouble

// Vectors is the number of gates: the exceptions, and one for events.
const Vectors = 33

// tssWords is the size of a 64-bit TSS, in words of 32 bits; the stacks' addresses
// begin at word tssStacks, and word tssMap says that no I/O permissions follow.
const (
	tssWords  = 26
	tssStacks = 9
	tssMap    = 25
)

// pointer is the operand of LGDT and LIDT, which begins at limit.
type pointer struct {
	_     [3]uint16
	limit uint16
	base  uintptr
}

// tables are the descriptor tables of one vCPU.
type tables struct {
	gdt        [5]uint64
	tss        [tssWords]uint32
	idt        [Vectors][2]uint64
	gdtr, idtr pointer
}

// The tables fit in a page.
var _ [raw.PageSize - unsafe.Sizeof(tables{})]byte

// CPU is what the hardware reads of one vCPU.
type CPU struct {
	Tops [Stacks]uintptr // of the stacks of exceptions; a frame with an error code is six words
	Page uintptr         // of the descriptor tables
	used bool            // the vCPU uses them
}

func (c *CPU) tables() *tables { return (*tables)(raw.Ptr(c.Page)) }

// Gates returns where the gates are.
func (c *CPU) Gates() uintptr { return c.Page + unsafe.Offsetof(tables{}.idt) }

// Init lays the tables over frame pfn, which is not in a large page (Large) and
// used for nothing else. The stacks are known.
func (c *CPU) Init(pfn uint32) {
	c.Page = Frame(pfn)
	raw.ZeroPage(c.Page)
	t := c.tables()
	for i, top := range c.Tops {
		t.tss[tssStacks+2*i], t.tss[tssStacks+2*i+1] = uint32(top), uint32(top>>32)
	}
	t.tss[tssMap] = tssWords * 4 << 16
	tss := uint64(uintptr(unsafe.Pointer(&t.tss)))
	low := tss&0xffffff<<16 | tss>>24&0xff<<56 | tssWords*4 - 1
	t.gdt = [5]uint64{0, codeSegment, dataSegment, taskSegment | low, tss >> 32}
	t.gdtr = pointer{limit: uint16(unsafe.Sizeof(t.gdt)) - 1, base: uintptr(unsafe.Pointer(&t.gdt))}
	t.idtr = pointer{limit: uint16(unsafe.Sizeof(t.idt)) - 1, base: c.Gates()}
}

// SetGate has a vector enter at address with interrupts off, on one of the
// stacks of exceptions. It follows Init and comes before Use.
func (c *CPU) SetGate(vector int, address uintptr, stack uint64) {
	const present, interruptGate = 1 << 47, 0xe << 40
	a := uint64(address)
	c.tables().idt[vector%Vectors] = [2]uint64{
		a&0xffff | selCode<<16 | stack<<32 | interruptGate | present | a>>16&0xffff<<48, a >> 32,
	}
}

// Use makes the vCPU that runs this use its tables. Who resumes the domain puts
// its registers back, so once is enough.
func (c *CPU) Use() {
	if c.used {
		return
	}
	c.used = true
	t := c.tables()
	load(&t.gdtr.limit, &t.idtr.limit)
	seal(frameOf(c.Page))
	Flush()
	FlushTLB()
}

//go:noescape
func load(gdt, idt *uint16)
