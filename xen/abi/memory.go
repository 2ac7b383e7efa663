// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Declarations of memory.h: how many frames a domain has, and what stands in its physical address space.

package abi

import "structs"

// Commands of memory_op.
const (
	XENMEM_increase_reservation = 0
	XENMEM_decrease_reservation = 1
	XENMEM_maximum_ram_page     = 2
	XENMEM_current_reservation  = 3
	XENMEM_maximum_reservation  = 4
	XENMEM_machphys_mfn_list    = 5
	XENMEM_populate_physmap     = 6
	XENMEM_add_to_physmap       = 7
	XENMEM_memory_map           = 9
	XENMEM_exchange             = 11
	XENMEM_machphys_mapping     = 12
	XENMEM_maximum_gpfn         = 14
	XENMEM_remove_from_physmap  = 15
	XENMEM_add_to_physmap_batch = 23
)

// Spaces of [Xen_add_to_physmap].
const (
	XENMAPSPACE_shared_info  = 0
	XENMAPSPACE_grant_table  = 1
	XENMAPSPACE_gmfn         = 2
	XENMAPSPACE_gmfn_range   = 3
	XENMAPSPACE_gmfn_foreign = 4
	XENMAPSPACE_dev_mmio     = 5
)

// XENMAPIDX_grant_table_status, added to Idx in the grant_table space, means the status frames of version 2.
const XENMAPIDX_grant_table_status = 0x80000000

// Xen_memory_reservation is the argument of XENMEM_increase_reservation, XENMEM_decrease_reservation and
// XENMEM_populate_physmap.
type Xen_memory_reservation struct {
	_            structs.HostLayout
	Extent_start uintptr // address of Nr_extents frame numbers (uint64)
	Nr_extents   uint64
	Extent_order uint32 // an extent has 1 << Extent_order frames
	Mem_flags    uint32
	Domid        Domid_t
}

// Xen_memory_exchange is the argument of XENMEM_exchange.
type Xen_memory_exchange struct {
	_            structs.HostLayout
	In           Xen_memory_reservation
	Out          Xen_memory_reservation
	Nr_exchanged uint64 // in: 0; out: how many of In were given up
}

// Xen_machphys_mapping is the answer of XENMEM_machphys_mapping.
type Xen_machphys_mapping struct {
	_       structs.HostLayout
	V_start uint64
	V_end   uint64
	Max_mfn uint64
}

// Xen_add_to_physmap is the argument of XENMEM_add_to_physmap.
type Xen_add_to_physmap struct {
	_     structs.HostLayout
	Domid Domid_t
	Size  uint16 // frames, for XENMAPSPACE_gmfn_range
	Space uint32 // XENMAPSPACE_
	Idx   uint64 // which frame of the space
	Gpfn  uint64 // where it shall appear
}

// Xen_remove_from_physmap is the argument of XENMEM_remove_from_physmap.
type Xen_remove_from_physmap struct {
	_     structs.HostLayout
	Domid Domid_t
	Gpfn  uint64
}

// Xen_memory_map is the argument of XENMEM_memory_map.
type Xen_memory_map struct {
	_          structs.HostLayout
	Nr_entries uint32  // in: room; out: entries written
	Buffer     uintptr // address of E820 entries: base and size (uint64 each), kind (uint32), 20 bytes apiece
}
