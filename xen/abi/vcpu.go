// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Declarations of vcpu.h: bringing up vCPUs, their timers, and the areas they share with Xen.

package abi

import "structs"

// Commands of vcpu_op.
const (
	VCPUOP_initialise                     = 0
	VCPUOP_up                             = 1
	VCPUOP_down                           = 2
	VCPUOP_is_up                          = 3
	VCPUOP_get_runstate_info              = 4
	VCPUOP_register_runstate_memory_area  = 5
	VCPUOP_set_periodic_timer             = 6
	VCPUOP_stop_periodic_timer            = 7
	VCPUOP_set_singleshot_timer           = 8
	VCPUOP_stop_singleshot_timer          = 9
	VCPUOP_register_vcpu_info             = 10
	VCPUOP_send_nmi                       = 11
	VCPUOP_get_physid                     = 12
	VCPUOP_register_vcpu_time_memory_area = 13
)

// States of [Vcpu_runstate_info], and indices of its Time.
const (
	RUNSTATE_running  = 0
	RUNSTATE_runnable = 1
	RUNSTATE_blocked  = 2
	RUNSTATE_offline  = 3
)

// XEN_RUNSTATE_UPDATE is set in State_entry_time while Xen writes, where the domain asked for that.
const XEN_RUNSTATE_UPDATE = 1 << 63

// VCPU_SSHOTTMR_future makes VCPUOP_set_singleshot_timer fail with XEN_ETIME for a time that has passed.
const VCPU_SSHOTTMR_future = 1 << 0

// Vcpu_runstate_info says how long a vCPU has been in each state.
type Vcpu_runstate_info struct {
	_                structs.HostLayout
	State            int32     // RUNSTATE_
	State_entry_time uint64    // system time in ns
	Time             [4]uint64 // ns in each state
}

// Vcpu_register_runstate_memory_area is the argument of VCPUOP_register_runstate_memory_area.
type Vcpu_register_runstate_memory_area struct {
	_    structs.HostLayout
	Addr uintptr // address of a [Vcpu_runstate_info]
}

// Vcpu_set_periodic_timer is the argument of VCPUOP_set_periodic_timer.
type Vcpu_set_periodic_timer struct {
	_         structs.HostLayout
	Period_ns uint64
}

// Vcpu_set_singleshot_timer is the argument of VCPUOP_set_singleshot_timer.
type Vcpu_set_singleshot_timer struct {
	_              structs.HostLayout
	Timeout_abs_ns uint64 // absolute system time in ns
	Flags          uint32 // VCPU_SSHOTTMR_
}

// Vcpu_register_vcpu_info is the argument of VCPUOP_register_vcpu_info.
type Vcpu_register_vcpu_info struct {
	_      structs.HostLayout
	Mfn    uint64 // frame of the new [Vcpu_info]: machine (PV) or guest (PVH) frame number
	Offset uint32 // bytes into it
	Rsvd   uint32
}

// Vcpu_register_time_memory_area is the argument of VCPUOP_register_vcpu_time_memory_area.
type Vcpu_register_time_memory_area struct {
	_    structs.HostLayout
	Addr uintptr // address of a [Vcpu_time_info]
}
