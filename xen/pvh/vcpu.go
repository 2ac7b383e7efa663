// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the hardware reads of a vCPU, and how another vCPU begins. Set-up
// functions, interrupts off; those that resume runs again keep nothing of Xen's.

//go:build domlet

package pvh

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
	"github.com/domlet/domlet/xen/raw"
	"github.com/domlet/domlet/xen/x86"
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

// Model-specific registers.
const (
	msrEFER = 0xc0000080
	msrFS   = 0xc0000100
	msrGS   = 0xc0000101
	eferNXE = 1 << 11
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

// Stacks is how many there are.
const Stacks = StackDouble

// CPU is what the hardware reads of one vCPU. It must not move.
type CPU struct {
	Tops  [Stacks]uintptr // of the stacks of exceptions; a frame with an error code is six words
	gdt   [5]uint64
	tss   [tssWords]uint32
	table pointer
}

// init fills in what is not zero.
func (c *CPU) init() {
	for i, top := range c.Tops {
		c.tss[tssStacks+2*i], c.tss[tssStacks+2*i+1] = uint32(top), uint32(top>>32)
	}
	c.tss[tssMap] = tssWords * 4 << 16
	tss := uint64(uintptr(unsafe.Pointer(&c.tss)))
	low := tss&0xffffff<<16 | tss>>24&0xff<<56 | tssWords*4 - 1
	c.gdt = [5]uint64{0, codeSegment, dataSegment, taskSegment | low, tss >> 32}
	c.table = pointer{limit: uint16(unsafe.Sizeof(c.gdt)) - 1, base: uintptr(unsafe.Pointer(&c.gdt))}
}

// Load makes the vCPU that runs this use c and the gates.
func (c *CPU) Load() {
	c.init()
	load(&c.table.limit, gatePointer())
}

// Vectors is the number of gates: the exceptions, and one for events.
const Vectors = 33

// gates is the IDT of all vCPUs.
var (
	gates [Vectors][2]uint64
	table pointer
)

// SetGate has a vector enter at address with interrupts off, on one of a vCPU's
// stacks of exceptions.
func SetGate(vector int, address uintptr, stack uint64) {
	const present, interruptGate = 1 << 47, 0xe << 40
	a := uint64(address)
	gates[vector%Vectors] = [2]uint64{
		a&0xffff | selCode<<16 | stack<<32 | interruptGate | present | a>>16&0xffff<<48, a >> 32,
	}
}

func gatePointer() *uint16 {
	table = pointer{limit: uint16(unsafe.Sizeof(gates)) - 1, base: uintptr(unsafe.Pointer(&gates))}
	return &table.limit
}

// SetUpcall has Xen raise a vector for events, on every vCPU.
func SetUpcall(vector uint8) {
	setParam(abi.HVM_PARAM_CALLBACK_IRQ, abi.HVM_PARAM_CALLBACK_TYPE_VECTOR<<56|uint64(vector))
}

// ClearUpcall has events enter nowhere.
func ClearUpcall() { setParam(abi.HVM_PARAM_CALLBACK_IRQ, 0) }

// SetGS points GS at the vCPU's own area.
func SetGS(base uintptr) { x86.WriteMSR(msrGS, uint64(base)) }

// SetFS points FS at the kernel's own TLS.
func SetFS(base uintptr) { x86.WriteMSR(msrFS, uint64(base)) }

// RegisterVCPU moves vCPU id's vcpu_info to offset bytes into frame pfn.
func RegisterVCPU(id uint32, pfn uint32, offset uintptr) {
	r := abi.Vcpu_register_vcpu_info{Mfn: uint64(pfn), Offset: uint32(offset)}
	must(hypercall.VCPU(abi.VCPUOP_register_vcpu_info, uintptr(id), unsafe.Pointer(&r)))
}

// enable turns on what protects the kernel from its own mistakes and the CPU has:
// no-execute pages; no execution or use of user pages, of which there are none;
// no way to read the tables' addresses.
func enable(nx uint64) {
	if nx != 0 {
		x86.WriteMSR(msrEFER, x86.ReadMSR(msrEFER)|eferNXE)
	}
	const umip, smep, smap = 1 << 11, 1 << 20, 1 << 21
	_, b, c, _ := x86.CPUID(7, 0)
	cr4 := x86.CR4()
	if c&(1<<2) != 0 {
		cr4 |= umip
	}
	if b&(1<<7) != 0 {
		cr4 |= smep
	}
	if b&(1<<20) != 0 {
		cr4 |= smap
	}
	x86.SetCR4(cr4)
}

// VCPU is what a vCPU begins with.
type VCPU struct {
	ID     uint32
	Entry  uintptr // where it begins; interrupts are off
	Stack  uintptr // RSP
	FS, GS uintptr // segment bases
	CPU    *CPU
	Info   uintptr // address of its vcpu_info, in the direct map
}

// StartVCPU starts a vCPU, which the domain must have, with the page tables and
// CPU switches of the one that calls.
func StartVCPU(v *VCPU) {
	v.CPU.init()
	var x abi.Vcpu_hvm_context
	x.Mode = abi.VCPU_HVM_MODE_64B
	r := &x.Cpu_regs
	r.Rip, r.Rsp, r.Rbx = uint64(beginning()), uint64(v.Stack), uint64(v.Entry)
	r.Rdi, r.Rbp = uint64(v.GS), uint64(v.FS)
	r.Rsi = uint64(uintptr(unsafe.Pointer(&v.CPU.table.limit)))
	r.Rdx = uint64(uintptr(unsafe.Pointer(gatePointer())))
	const always1, protected = 1 << 1, 0x80010033 // PG WP NE ET MP PE
	r.Rflags, r.Cr0 = always1, protected
	r.Cr3, r.Cr4, r.Efer = x86.CR3(), x86.CR4(), x86.ReadMSR(msrEFER)
	must(hypercall.VCPU(abi.VCPUOP_initialise, uintptr(v.ID), unsafe.Pointer(&x)))
	RegisterVCPU(v.ID, uint32((v.Info-Direct)>>shiftPage), v.Info%raw.PageSize)
	state.vcpus++
	must(hypercall.VCPU(abi.VCPUOP_up, uintptr(v.ID), nil))
}

func beginning() uintptr

//go:noescape
func load(gdt, idt *uint16)

// must stops the vCPU where Xen refuses what it may not refuse: the kernel cannot
// go on, and nothing later would say why. The answer stands in R15 of the
// registers that the kernel or Xen prints.
func must(rc int) {
	if rc < 0 {
		refused(rc)
	}
}

// refused raises an exception with rc in R15.
func refused(rc int)
