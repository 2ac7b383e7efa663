// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a vCPU is told once, and how another one begins. Set-up
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

// Model-specific registers.
const (
	msrEFER = 0xc0000080
	msrFS   = 0xc0000100
	msrGS   = 0xc0000101
	eferNXE = 1 << 11
)

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
	Info   uintptr // address of its vcpu_info, in the direct map
}

// StartVCPU starts a vCPU, which the domain must have, with the page tables and
// CPU switches of the one that calls. It has no descriptor tables before it uses
// its own.
func StartVCPU(v *VCPU) {
	var x abi.Vcpu_hvm_context
	x.Mode = abi.VCPU_HVM_MODE_64B
	r := &x.Cpu_regs
	r.Rip, r.Rsp, r.Rbx = uint64(beginning()), uint64(v.Stack), uint64(v.Entry)
	r.Rdi, r.Rbp = uint64(v.GS), uint64(v.FS)
	const always1, protected = 1 << 1, 0x80010033 // PG WP NE ET MP PE
	r.Rflags, r.Cr0 = always1, protected
	r.Cr3, r.Cr4, r.Efer = x86.CR3(), x86.CR4(), x86.ReadMSR(msrEFER)
	must(hypercall.VCPU(abi.VCPUOP_initialise, uintptr(v.ID), unsafe.Pointer(&x)))
	RegisterVCPU(v.ID, uint32((v.Info-Direct)>>shiftPage), v.Info%raw.PageSize)
	state.vcpus++
	must(hypercall.VCPU(abi.VCPUOP_up, uintptr(v.ID), nil))
}

func beginning() uintptr

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
