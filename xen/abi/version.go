// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Declarations of version.h and features.h: which Xen this is and what it offers.

package abi

import "structs"

// Commands of xen_version.
const (
	XENVER_version             = 0 // answer: major << 16 | minor
	XENVER_extraversion        = 1
	XENVER_compile_info        = 2
	XENVER_capabilities        = 3
	XENVER_changeset           = 4
	XENVER_platform_parameters = 5
	XENVER_get_features        = 6
	XENVER_pagesize            = 7
	XENVER_guest_handle        = 8
	XENVER_commandline         = 9
	XENVER_build_id            = 10
)

// Bit numbers of the features, in [Xen_feature_info] submaps and in the ELF notes (there by name).
const (
	XENFEAT_writable_page_tables       = 0
	XENFEAT_writable_descriptor_tables = 1
	XENFEAT_auto_translated_physmap    = 2
	XENFEAT_supervisor_mode_kernel     = 3
	XENFEAT_pae_pgdir_above_4gb        = 4
	XENFEAT_mmu_pt_update_preserve_ad  = 5
	XENFEAT_highmem_assist             = 6
	XENFEAT_gnttab_map_avail_bits      = 7
	XENFEAT_hvm_callback_vector        = 8
	XENFEAT_hvm_safe_pvclock           = 9
	XENFEAT_hvm_pirqs                  = 10
	XENFEAT_dom0                       = 11
	XENFEAT_memory_op_vnode_supported  = 13
	XENFEAT_linux_rsdp_unrestricted    = 15
	XENFEAT_not_direct_mapped          = 16
	XENFEAT_direct_mapped              = 17
	XENFEAT_NR_SUBMAPS                 = 1
)

// Xen_feature_info is the argument of XENVER_get_features.
type Xen_feature_info struct {
	_          structs.HostLayout
	Submap_idx uint32 // in: which 32 features
	Submap     uint32 // out
}
