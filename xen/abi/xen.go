// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Declarations of xen.h: hypercall numbers, page-table updates, and the pages Xen shares with every domain.

package abi

import "structs"

// Hypercall numbers: what goes in RAX.
const (
	HYPERVISOR_set_trap_table                = 0
	HYPERVISOR_mmu_update                    = 1
	HYPERVISOR_set_gdt                       = 2
	HYPERVISOR_stack_switch                  = 3
	HYPERVISOR_set_callbacks                 = 4
	HYPERVISOR_fpu_taskswitch                = 5
	HYPERVISOR_update_descriptor             = 10
	HYPERVISOR_memory_op                     = 12
	HYPERVISOR_multicall                     = 13
	HYPERVISOR_update_va_mapping             = 14
	HYPERVISOR_set_timer_op                  = 15
	HYPERVISOR_xen_version                   = 17
	HYPERVISOR_console_io                    = 18
	HYPERVISOR_grant_table_op                = 20
	HYPERVISOR_vm_assist                     = 21
	HYPERVISOR_update_va_mapping_otherdomain = 22
	HYPERVISOR_iret                          = 23
	HYPERVISOR_vcpu_op                       = 24
	HYPERVISOR_set_segment_base              = 25
	HYPERVISOR_mmuext_op                     = 26
	HYPERVISOR_nmi_op                        = 28
	HYPERVISOR_sched_op                      = 29
	HYPERVISOR_callback_op                   = 30
	HYPERVISOR_event_channel_op              = 32
	HYPERVISOR_physdev_op                    = 33
	HYPERVISOR_hvm_op                        = 34
)

// Virtual interrupts. Where nothing else is said, any domain may bind them.
const (
	VIRQ_TIMER  = 0
	VIRQ_DEBUG  = 1
	VIRQ_TBUF   = 4 // for dom0: trace buffers have records
	VIRQ_XENPMU = 13
	NR_VIRQS    = 24
)

// Kinds of [Mmu_update], in the low two bits of its Ptr.
const (
	MMU_NORMAL_PT_UPDATE       = 0
	MMU_MACHPHYS_UPDATE        = 1
	MMU_PT_UPDATE_PRESERVE_AD  = 2
	MMU_PT_UPDATE_NO_TRANSLATE = 3
)

// Commands of [Mmuext_op].
const (
	MMUEXT_PIN_L1_TABLE       = 0
	MMUEXT_PIN_L2_TABLE       = 1
	MMUEXT_PIN_L3_TABLE       = 2
	MMUEXT_PIN_L4_TABLE       = 3
	MMUEXT_UNPIN_TABLE        = 4
	MMUEXT_NEW_BASEPTR        = 5
	MMUEXT_TLB_FLUSH_LOCAL    = 6
	MMUEXT_INVLPG_LOCAL       = 7
	MMUEXT_TLB_FLUSH_MULTI    = 8
	MMUEXT_INVLPG_MULTI       = 9
	MMUEXT_TLB_FLUSH_ALL      = 10
	MMUEXT_INVLPG_ALL         = 11
	MMUEXT_FLUSH_CACHE        = 12
	MMUEXT_SET_LDT            = 13
	MMUEXT_NEW_USER_BASEPTR   = 15
	MMUEXT_CLEAR_PAGE         = 16
	MMUEXT_COPY_PAGE          = 17
	MMUEXT_FLUSH_CACHE_GLOBAL = 18
)

// Flags of update_va_mapping: what to flush, and on which vCPUs.
const (
	UVMF_NONE           = 0
	UVMF_TLB_FLUSH      = 1
	UVMF_INVLPG         = 2
	UVMF_FLUSHTYPE_MASK = 3
	UVMF_MULTI          = 0
	UVMF_LOCAL          = 0
	UVMF_ALL            = 1 << 2
)

// Commands of console_io, the hypervisor's own console: release builds of Xen refuse it to unprivileged domains.
const (
	CONSOLEIO_write = 0
	CONSOLEIO_read  = 1
)

// Commands and kinds of vm_assist.
const (
	VMASST_CMD_enable                = 0
	VMASST_CMD_disable               = 1
	VMASST_TYPE_4gb_segments         = 0
	VMASST_TYPE_writable_pagetables  = 2
	VMASST_TYPE_pae_extended_cr3     = 3
	VMASST_TYPE_architectural_iopl   = 4
	VMASST_TYPE_runstate_update_flag = 5
	VMASST_TYPE_m2p_strict           = 32
)

// Domid_t is the number of a domain: domid_t of the headers.
type Domid_t uint16

// Domain numbers with a meaning of their own; all others are below DOMID_FIRST_RESERVED.
const (
	DOMID_FIRST_RESERVED = 0x7ff0
	DOMID_SELF           = 0x7ff0
	DOMID_IO             = 0x7ff1
	DOMID_XEN            = 0x7ff2
	DOMID_COW            = 0x7ff3
	DOMID_INVALID        = 0x7ff4
	DOMID_IDLE           = 0x7fff
	DOMID_MASK           = 0x7fff
)

// Flags of [Vcpu_time_info].
const (
	XEN_PVCLOCK_TSC_STABLE_BIT = 1 << 0
	XEN_PVCLOCK_GUEST_STOPPED  = 1 << 1
)

// Flags of [Start_info].
const (
	SIF_PRIVILEGED      = 1 << 0
	SIF_INITDOMAIN      = 1 << 1
	SIF_MULTIBOOT_MOD   = 1 << 2
	SIF_MOD_START_PFN   = 1 << 3
	SIF_VIRT_P2M_4TOOLS = 1 << 4
	SIF_PM_MASK         = 0xff << 8
)

// MAX_GUEST_CMDLINE is the size of [Start_info].Cmd_line in bytes, its terminating zero included.
const MAX_GUEST_CMDLINE = 1024

// Mmuext_op is one request to mmuext_op.
type Mmuext_op struct {
	_    structs.HostLayout
	Cmd  uint32
	Arg1 uint64 `xen:"arg1.mfn"`      // a frame number, or a virtual address for INVLPG and SET_LDT
	Arg2 uint64 `xen:"arg2.vcpumask"` // address of a vCPU bitmap (_MULTI), source frame (COPY_PAGE), entries (SET_LDT)
}

// Mmu_update is one request to mmu_update.
type Mmu_update struct {
	_   structs.HostLayout
	Ptr uint64 // machine address of the page-table entry, with the MMU_ kind in its low two bits
	Val uint64 // the new entry
}

// Multicall_entry is one call of a multicall batch.
type Multicall_entry struct {
	_      structs.HostLayout
	Op     uint64
	Result uint64 // written by Xen
	Args   [6]uint64
}

// Vcpu_time_info lets a guest compute the system time (ns since the host booted) from the TSC. Version is odd while Xen
// writes; a reader takes Version before and after.
type Vcpu_time_info struct {
	_                 structs.HostLayout
	Version           uint32
	Pad0              uint32
	Tsc_timestamp     uint64 // TSC value at System_time
	System_time       uint64 // ns
	Tsc_to_system_mul uint32 // ns = (ticks << Tsc_shift) * Tsc_to_system_mul >> 32; a negative shift goes right
	Tsc_shift         int8
	Flags             uint8
	Pad1              [2]uint8
}

// Vcpu_info is a vCPU's part of the event and time interface. The first [XEN_LEGACY_MAX_VCPUS] stand in [Shared_info];
// VCPUOP_register_vcpu_info moves one elsewhere.
type Vcpu_info struct {
	_                     structs.HostLayout
	Evtchn_upcall_pending uint8
	Evtchn_upcall_mask    uint8 // 1: no upcalls (PV only)
	Evtchn_pending_sel    uint64
	Arch                  Arch_vcpu_info
	Time                  Vcpu_time_info
}

// Shared_info is the page that Xen shares with the whole domain.
type Shared_info struct {
	_              structs.HostLayout
	Vcpu_info      [XEN_LEGACY_MAX_VCPUS]Vcpu_info
	Evtchn_pending [64]uint64 // bit n of word n/64: port n, 2-level interface
	Evtchn_mask    [64]uint64
	Wc_version     uint32 // odd while Xen writes the wall clock
	Wc_sec         uint32 // Unix time at system time 0: seconds, low half
	Wc_nsec        uint32
	Wc_sec_hi      uint32
	Arch           Arch_shared_info
}

// Start_info is what a PV domain finds at RSI when it starts.
type Start_info struct {
	_              structs.HostLayout
	Magic          [32]byte // "xen-<version>-<platform>", zero-terminated
	Nr_pages       uint64   // pages given to the domain
	Shared_info    uint64   // machine address of the [Shared_info] page
	Flags          uint32   // SIF_
	Store_mfn      uint64   // machine frame of the xenstore page
	Store_evtchn   uint32
	Console_mfn    uint64                  `xen:"console.domU.mfn"` // machine frame of the console page
	Console_evtchn uint32                  `xen:"console.domU.evtchn"`
	Pt_base        uint64                  // virtual address of the top page table
	Nr_pt_frames   uint64                  // frames that the bootstrap page tables take
	Mfn_list       uint64                  // virtual address of the pfn-to-mfn list
	Mod_start      uint64                  // virtual address of the ramdisk, or its pfn with SIF_MOD_START_PFN
	Mod_len        uint64                  // bytes
	Cmd_line       [MAX_GUEST_CMDLINE]byte // zero-terminated
	First_p2m_pfn  uint64                  // with Mfn_list outside the bootstrap mapping: its frames
	Nr_p2m_frames  uint64
}
