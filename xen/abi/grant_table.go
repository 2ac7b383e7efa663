// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Declarations of grant_table.h: pages that a domain lets another one use. A grant reference and a grant handle are a
// uint32, a domain number a [Domid_t], a status an int16 (GNTST_).

package abi

import "structs"

// Commands of grant_table_op.
const (
	GNTTABOP_map_grant_ref     = 0
	GNTTABOP_unmap_grant_ref   = 1
	GNTTABOP_setup_table       = 2
	GNTTABOP_dump_table        = 3
	GNTTABOP_transfer          = 4
	GNTTABOP_copy              = 5
	GNTTABOP_query_size        = 6
	GNTTABOP_unmap_and_replace = 7
	GNTTABOP_set_version       = 8
	GNTTABOP_get_status_frames = 9
	GNTTABOP_get_version       = 10
	GNTTABOP_swap_grant_ref    = 11
	GNTTABOP_cache_flush       = 12
)

// Entries that the toolstack fills before a domain starts.
const (
	GNTTAB_NR_RESERVED_ENTRIES = 8
	GNTTAB_RESERVED_CONSOLE    = 0
	GNTTAB_RESERVED_XENSTORE   = 1
)

// Flags of a grant entry: a type in the low two bits, then bits.
const (
	GTF_invalid            = 0
	GTF_permit_access      = 1
	GTF_accept_transfer    = 2
	GTF_transitive         = 3
	GTF_type_mask          = 3
	GTF_readonly           = 1 << 2
	GTF_reading            = 1 << 3 // set by Xen while mapped for reading
	GTF_writing            = 1 << 4 // set by Xen while mapped for writing
	GTF_PWT                = 1 << 5
	GTF_PCD                = 1 << 6
	GTF_PAT                = 1 << 7
	GTF_sub_page           = 1 << 8
	GTF_transfer_committed = 1 << 2
	GTF_transfer_completed = 1 << 3
)

// Flags of [Gnttab_map_grant_ref].
const (
	GNTMAP_device_map      = 1 << 0
	GNTMAP_host_map        = 1 << 1
	GNTMAP_readonly        = 1 << 2
	GNTMAP_application_map = 1 << 3
	GNTMAP_contains_pte    = 1 << 4 // Host_addr is the machine address of a page-table entry
)

// Flags of [Gnttab_copy]: the side is a grant reference, not one of the caller's own frames.
const (
	GNTCOPY_source_gref = 1 << 0
	GNTCOPY_dest_gref   = 1 << 1
)

// Status codes of the grant-table operations.
const (
	GNTST_okay              = 0
	GNTST_general_error     = -1
	GNTST_bad_domain        = -2
	GNTST_bad_gntref        = -3
	GNTST_bad_handle        = -4
	GNTST_bad_virt_addr     = -5
	GNTST_bad_dev_addr      = -6
	GNTST_no_device_space   = -7
	GNTST_permission_denied = -8
	GNTST_bad_page          = -9
	GNTST_bad_copy_arg      = -10
	GNTST_address_too_big   = -11
	GNTST_eagain            = -12
	GNTST_no_space          = -13
)

// Grant_entry_v1 is one entry of a version 1 grant table.
type Grant_entry_v1 struct {
	_     structs.HostLayout
	Flags uint16 // GTF_; written last, with a barrier before
	Domid Domid_t
	Frame uint32
}

// Grant_entry_header is the beginning of every version 2 entry.
type Grant_entry_header struct {
	_     structs.HostLayout
	Flags uint16
	Domid Domid_t
}

// Grant_entry_v2 is one entry of a version 2 grant table, for a whole page. Its status (GTF_reading, GTF_writing) is a
// uint16 in the status frames.
type Grant_entry_v2 struct {
	_     structs.HostLayout
	Hdr   Grant_entry_header
	Pad0  uint32 `xen:"full_page.pad0"`
	Frame uint64 `xen:"full_page.frame"`
}

// Gnttab_map_grant_ref is the argument of GNTTABOP_map_grant_ref.
type Gnttab_map_grant_ref struct {
	_            structs.HostLayout
	Host_addr    uint64 // where: a virtual address, a PTE's machine address (GNTMAP_contains_pte), or a guest address (PVH)
	Flags        uint32 // GNTMAP_
	Ref          uint32
	Dom          Domid_t
	Status       int16  // out
	Handle       uint32 // out
	Dev_bus_addr uint64 // out
}

// Gnttab_unmap_grant_ref is the argument of GNTTABOP_unmap_grant_ref.
type Gnttab_unmap_grant_ref struct {
	_            structs.HostLayout
	Host_addr    uint64
	Dev_bus_addr uint64
	Handle       uint32
	Status       int16 // out
}

// Gnttab_unmap_and_replace is the argument of GNTTABOP_unmap_and_replace.
type Gnttab_unmap_and_replace struct {
	_         structs.HostLayout
	Host_addr uint64
	New_addr  uint64 // address whose mapping is moved to Host_addr
	Handle    uint32
	Status    int16 // out
}

// Gnttab_setup_table is the argument of GNTTABOP_setup_table.
type Gnttab_setup_table struct {
	_          structs.HostLayout
	Dom        Domid_t
	Nr_frames  uint32
	Status     int16   // out
	Frame_list uintptr // address of Nr_frames frame numbers (uint64), written by Xen
}

// Gnttab_copy_ptr is one side of a [Gnttab_copy].
type Gnttab_copy_ptr struct {
	_      structs.HostLayout
	Gmfn   uint64 `xen:"u.gmfn"` // a frame number, or a grant reference in the low 32 bits
	Domid  Domid_t
	Offset uint16 // bytes into the frame
}

// Gnttab_copy is the argument of GNTTABOP_copy.
type Gnttab_copy struct {
	_      structs.HostLayout
	Source Gnttab_copy_ptr
	Dest   Gnttab_copy_ptr
	Len    uint16 // bytes; neither side may cross a page
	Flags  uint16 // GNTCOPY_
	Status int16  // out
}

// Gnttab_query_size is the argument of GNTTABOP_query_size.
type Gnttab_query_size struct {
	_             structs.HostLayout
	Dom           Domid_t
	Nr_frames     uint32 // out
	Max_nr_frames uint32 // out
	Status        int16  // out
}

// Gnttab_set_version is the argument of GNTTABOP_set_version.
type Gnttab_set_version struct {
	_       structs.HostLayout
	Version uint32 // in: wanted; out: in use
}

// Gnttab_get_status_frames is the argument of GNTTABOP_get_status_frames.
type Gnttab_get_status_frames struct {
	_          structs.HostLayout
	Nr_frames  uint32
	Dom        Domid_t
	Status     int16   // out
	Frame_list uintptr // address of Nr_frames frame numbers (uint64), written by Xen
}

// Gnttab_get_version is the argument of GNTTABOP_get_version.
type Gnttab_get_version struct {
	_       structs.HostLayout
	Dom     Domid_t
	Pad     uint16
	Version uint32 // out
}
