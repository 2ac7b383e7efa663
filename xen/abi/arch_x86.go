// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Declarations of arch-x86/xen.h and arch-x86/xen-x86_64.h: segments, traps, and the state of a new PV vCPU.

package abi

import "structs"

// XEN_LEGACY_MAX_VCPUS is the number of vCPUs that have their [Vcpu_info] in [Shared_info].
const XEN_LEGACY_MAX_VCPUS = 32

// Reserved part of every GDT: Xen's own descriptors begin at this page, byte and entry.
const (
	FIRST_RESERVED_GDT_PAGE  = 14
	FIRST_RESERVED_GDT_BYTE  = FIRST_RESERVED_GDT_PAGE * 4096
	FIRST_RESERVED_GDT_ENTRY = FIRST_RESERVED_GDT_BYTE / 8
)

// Selectors of the flat segments in Xen's part of the GDT. A PV kernel runs on the ring-3 ones.
const (
	FLAT_RING3_CS32 = 0xe023
	FLAT_RING3_CS64 = 0xe033
	FLAT_RING3_DS32 = 0xe02b
	FLAT_RING3_DS64 = 0x0000
	FLAT_RING3_SS32 = 0xe02b
	FLAT_RING3_SS64 = 0xe02b
	FLAT_KERNEL_CS  = FLAT_RING3_CS64
	FLAT_KERNEL_DS  = FLAT_RING3_DS64
	FLAT_KERNEL_SS  = FLAT_RING3_SS64
	FLAT_USER_CS    = FLAT_RING3_CS64
	FLAT_USER_DS    = FLAT_RING3_DS64
	FLAT_USER_SS    = FLAT_RING3_SS64
)

// Virtual addresses that a PV domain may not map, and the machine-to-physical table in them.
const (
	HYPERVISOR_VIRT_START = 0xffff800000000000
	HYPERVISOR_VIRT_END   = 0xffff880000000000
	MACH2PHYS_VIRT_START  = 0xffff800000000000
	MACH2PHYS_VIRT_END    = 0xffff804000000000
)

// What set_segment_base sets.
const (
	SEGBASE_FS          = 0
	SEGBASE_GS_USER     = 1
	SEGBASE_GS_KERNEL   = 2
	SEGBASE_GS_USER_SEL = 3
)

// Flags of [Vcpu_guest_context], and VGCF_in_syscall of [Iret_context] too.
const (
	VGCF_i387_valid               = 1 << 0
	VGCF_in_kernel                = 1 << 2
	VGCF_failsafe_disables_events = 1 << 3
	VGCF_syscall_disables_events  = 1 << 4
	VGCF_online                   = 1 << 5
	VGCF_in_syscall               = 1 << 8
)

// XEN_HVM_DEBUGCONS_IOPORT is the I/O port whose bytes appear on the hypervisor's console (PVH, debug).
const XEN_HVM_DEBUGCONS_IOPORT = 0xe9

// Trap_info is one entry of the trap table; an entry with Address 0 ends the table.
type Trap_info struct {
	_       structs.HostLayout
	Vector  uint8
	Flags   uint8 // bits 0-1: lowest privilege that may raise it; bit 2: mask events on entry
	Cs      uint16
	Address uint64
}

// Iret_context is what HYPERVISOR_iret finds on the stack.
type Iret_context struct {
	_      structs.HostLayout
	Rax    uint64
	R11    uint64
	Rcx    uint64
	Flags  uint64 // VGCF_in_syscall: rcx and r11 need not be restored
	Rip    uint64
	Cs     uint64
	Rflags uint64 // IF is the inverse of the event mask
	Rsp    uint64
	Ss     uint64
}

// Cpu_user_regs holds a vCPU's registers.
type Cpu_user_regs struct {
	_                 structs.HostLayout
	R15               uint64
	R14               uint64
	R13               uint64
	R12               uint64
	Rbp               uint64
	Rbx               uint64
	R11               uint64
	R10               uint64
	R9                uint64
	R8                uint64
	Rax               uint64
	Rcx               uint64
	Rdx               uint64
	Rsi               uint64
	Rdi               uint64
	Error_code        uint32
	Entry_vector      uint32
	Rip               uint64
	Cs                uint16
	_                 uint16
	Saved_upcall_mask uint8
	_                 [3]uint8
	Rflags            uint64
	Rsp               uint64
	Ss                uint16
	_                 [3]uint16
	Es                uint16
	_                 [3]uint16
	Ds                uint16
	_                 [3]uint16
	Fs                uint16
	_                 [3]uint16
	Gs                uint16
	_                 [3]uint16
}

// Vcpu_guest_context is the state a PV vCPU starts with (VCPUOP_initialise).
type Vcpu_guest_context struct {
	_                     structs.HostLayout
	Fpu_ctxt              [512]byte // FXSAVE image, used with VGCF_i387_valid
	Flags                 uint64    // VGCF_
	User_regs             Cpu_user_regs
	Trap_ctxt             [256]Trap_info // indexed by vector
	Ldt_base              uint64
	Ldt_ents              uint64
	Gdt_frames            [16]uint64 // machine frames
	Gdt_ents              uint64
	Kernel_ss             uint64
	Kernel_sp             uint64
	Ctrlreg               [8]uint64 // CR0 to CR7; CR3 holds mfn << 12
	Debugreg              [8]uint64
	Event_callback_eip    uint64
	Failsafe_callback_eip uint64
	Syscall_callback_eip  uint64
	Vm_assist             uint64 // VMASST_TYPE_ bitmap
	Fs_base               uint64
	Gs_base_kernel        uint64
	Gs_base_user          uint64
}

// Arch_shared_info is the x86 part of [Shared_info].
type Arch_shared_info struct {
	_                          structs.HostLayout
	Max_pfn                    uint64 // pages in the p2m table
	Pfn_to_mfn_frame_list_list uint64 // frame of the p2m list of lists, for save and migration
	Nmi_reason                 uint64
	P2m_cr3                    uint64
	P2m_vaddr                  uint64
	P2m_generation             uint64
}

// Arch_vcpu_info is the x86 part of [Vcpu_info].
type Arch_vcpu_info struct {
	_   structs.HostLayout
	Cr2 uint64 // faulting address of the last page fault (PV)
	Pad uint64
}
