// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Starting a further vCPU. Boot vCPU, events masked.

//go:build domlet

package pv

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
	"github.com/domlet/domlet/xen/raw"
)

// VCPU is what a vCPU begins with.
type VCPU struct {
	ID      uint32
	Entry   uintptr // its first instruction; events are masked
	Stack   uintptr // RSP
	FS, GS  uintptr // segment bases
	Scratch uintptr // cleared memory for a vcpu_guest_context, which it does not use before it runs
	Info    uintptr // address of its vcpu_info, in the direct map
}

// StartVCPU starts a vCPU, which the domain must have, in this address space.
func StartVCPU(v *VCPU) {
	c := (*abi.Vcpu_guest_context)(raw.Ptr(v.Scratch))
	c.Flags = abi.VGCF_in_kernel
	c.User_regs.Rip, c.User_regs.Rsp = uint64(v.Entry), uint64(v.Stack)
	c.User_regs.Cs, c.User_regs.Ss = abi.FLAT_KERNEL_CS, abi.FLAT_KERNEL_SS
	c.Kernel_ss, c.Kernel_sp = abi.FLAT_KERNEL_SS, uint64(v.Stack)
	c.Ctrlreg[3] = MFN(state.l4) << 12
	c.Fs_base, c.Gs_base_kernel = uint64(v.FS), uint64(v.GS)
	must(hypercall.VCPU(abi.VCPUOP_initialise, uintptr(v.ID), unsafe.Pointer(c)))
	pfn := uint32((v.Info - Direct) / raw.PageSize)
	RegisterVCPU(v.ID, pfn, v.Info%raw.PageSize)
	// Only now: Xen has just copied what it kept elsewhere, which is unmasked.
	(*abi.Vcpu_info)(raw.Ptr(v.Info)).Evtchn_upcall_mask = 1
	must(hypercall.VCPU(abi.VCPUOP_up, uintptr(v.ID), nil))
}
