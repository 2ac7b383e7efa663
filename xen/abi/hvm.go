// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Declarations of hvm/hvm_op.h, hvm/params.h, hvm/hvm_vcpu.h, arch-x86/hvm/start_info.h and arch-x86/cpuid.h: what a
// PVH domain uses where a PV domain has hypercalls of its own.

package abi

import "structs"

// Commands of hvm_op.
const (
	HVMOP_set_param                = 0
	HVMOP_get_param                = 1
	HVMOP_flush_tlbs               = 5
	HVMOP_get_time                 = 10
	HVMOP_set_evtchn_upcall_vector = 23
)

// Indices of [Xen_hvm_param], and what HVM_PARAM_CALLBACK_IRQ holds: a type in the top byte, a vector in the lowest.
const (
	HVM_PARAM_CALLBACK_IRQ           = 0
	HVM_PARAM_CALLBACK_IRQ_TYPE_MASK = 0xff00000000000000
	HVM_PARAM_CALLBACK_TYPE_GSI      = 0
	HVM_PARAM_CALLBACK_TYPE_PCI_INTX = 1
	HVM_PARAM_CALLBACK_TYPE_VECTOR   = 2
	HVM_PARAM_STORE_PFN              = 1
	HVM_PARAM_STORE_EVTCHN           = 2
	HVM_PARAM_CONSOLE_PFN            = 17
	HVM_PARAM_CONSOLE_EVTCHN         = 18
	HVM_PARAM_VM_GENERATION_ID_ADDR  = 34
)

// Modes of [Vcpu_hvm_context].
const (
	VCPU_HVM_MODE_32B = 0
	VCPU_HVM_MODE_64B = 1
)

// XEN_HVM_START_MAGIC_VALUE is the Magic of [Hvm_start_info].
const XEN_HVM_START_MAGIC_VALUE = 0x336ec578

// Types of [Hvm_memmap_table_entry].
const (
	XEN_HVM_MEMMAP_TYPE_RAM      = 1
	XEN_HVM_MEMMAP_TYPE_RESERVED = 2
	XEN_HVM_MEMMAP_TYPE_ACPI     = 3
	XEN_HVM_MEMMAP_TYPE_NVS      = 4
	XEN_HVM_MEMMAP_TYPE_UNUSABLE = 5
	XEN_HVM_MEMMAP_TYPE_DISABLED = 6
	XEN_HVM_MEMMAP_TYPE_PMEM     = 7
)

// CPUID: Xen's first leaf, the signature it answers there, and flags of its leaf 4 (EAX).
const (
	XEN_CPUID_FIRST_LEAF          = 0x40000000
	XEN_CPUID_SIGNATURE_EBX       = 0x566e6558
	XEN_CPUID_SIGNATURE_ECX       = 0x65584d4d
	XEN_CPUID_SIGNATURE_EDX       = 0x4d4d566e
	XEN_HVM_CPUID_VCPU_ID_PRESENT = 1 << 3
	XEN_HVM_CPUID_DOMID_PRESENT   = 1 << 4
)

// Xen_hvm_param is the argument of HVMOP_set_param and HVMOP_get_param.
type Xen_hvm_param struct {
	_     structs.HostLayout
	Domid Domid_t
	Pad   uint16
	Index uint32 // HVM_PARAM_
	Value uint64
}

// Xen_hvm_evtchn_upcall_vector is the argument of HVMOP_set_evtchn_upcall_vector.
type Xen_hvm_evtchn_upcall_vector struct {
	_      structs.HostLayout
	Vcpu   uint32
	Vector uint8
}

// Vcpu_hvm_x86_64 holds the registers a PVH vCPU starts with in 64-bit mode; its segments are flat.
type Vcpu_hvm_x86_64 struct {
	_      structs.HostLayout
	Rax    uint64
	Rcx    uint64
	Rdx    uint64
	Rbx    uint64
	Rsp    uint64
	Rbp    uint64
	Rsi    uint64
	Rdi    uint64
	Rip    uint64
	Rflags uint64
	Cr0    uint64
	Cr3    uint64
	Cr4    uint64
	Efer   uint64
}

// Vcpu_hvm_context is the state a PVH vCPU starts with (VCPUOP_initialise).
type Vcpu_hvm_context struct {
	_        structs.HostLayout
	Mode     uint32 // VCPU_HVM_MODE_
	Pad      uint32
	Cpu_regs Vcpu_hvm_x86_64 `xen:"cpu_regs.x86_64"`
	_        [8]byte         // the union's 32-bit member is longer
}

// Hvm_start_info is what a PVH domain finds at EBX when it starts. Addresses are physical.
type Hvm_start_info struct {
	_              structs.HostLayout
	Magic          uint32 // XEN_HVM_START_MAGIC_VALUE
	Version        uint32
	Flags          uint32 // SIF_
	Nr_modules     uint32
	Modlist_paddr  uint64 // Nr_modules of [Hvm_modlist_entry]
	Cmdline_paddr  uint64 // zero-terminated
	Rsdp_paddr     uint64
	Memmap_paddr   uint64 // since version 1: Memmap_entries of [Hvm_memmap_table_entry]
	Memmap_entries uint32
	Reserved       uint32
}

// Hvm_modlist_entry describes a module, such as the ramdisk.
type Hvm_modlist_entry struct {
	_             structs.HostLayout
	Paddr         uint64
	Size          uint64 // bytes
	Cmdline_paddr uint64
	Reserved      uint64
}

// Hvm_memmap_table_entry describes a range of the physical address space.
type Hvm_memmap_table_entry struct {
	_        structs.HostLayout
	Addr     uint64
	Size     uint64 // bytes
	Type     uint32 // XEN_HVM_MEMMAP_TYPE_
	Reserved uint32
}
