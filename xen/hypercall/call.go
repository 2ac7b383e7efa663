// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The wrappers. They run in any context; each names the header of its call.

//go:build domlet

package hypercall

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
)

// Gate is the instruction that calls Xen.
type Gate uint8

// The gates. A PV domain needs no choice; a PVH domain is told by Xen which one
// its CPU has.
const (
	SYSCALL Gate = iota
	VMCALL       // Intel
	VMMCALL      // AMD
)

var gate Gate

// Use chooses the gate, before the first call.
func Use(g Gate) { gate = g }

// Call makes hypercall nr. A negative answer is an errno of Xen's
// (public/errno.h).
//
// The wrappers below are nosplit because the kernel's stack has no guard that
// morestack could act on; they add a few words to the caller's frame.
func Call(nr, a1, a2, a3, a4 uintptr) int

// SetTrapTable installs the exception handlers (public/arch-x86/xen.h).
//
//go:nosplit
func SetTrapTable(t *abi.Trap_info) int {
	return Call(abi.HYPERVISOR_set_trap_table, uintptr(unsafe.Pointer(t)), 0, 0, 0)
}

// MMUUpdate applies n page-table writes to this domain's own tables
// (public/xen.h). None may have been applied when it fails.
//
//go:nosplit
func MMUUpdate(u *abi.Mmu_update, n int) int {
	return Call(abi.HYPERVISOR_mmu_update, uintptr(unsafe.Pointer(u)), uintptr(n), 0, abi.DOMID_SELF)
}

// MMUExtOp makes one extended operation on page tables (public/xen.h).
//
//go:nosplit
func MMUExtOp(op *abi.Mmuext_op) int {
	return Call(abi.HYPERVISOR_mmuext_op, uintptr(unsafe.Pointer(op)), 1, 0, abi.DOMID_SELF)
}

// UpdateVAMapping writes the leaf entry of va and flushes it as flags say
// (UVMF_*, public/xen.h).
//
//go:nosplit
func UpdateVAMapping(va uintptr, pte uint64, flags uintptr) int {
	return Call(abi.HYPERVISOR_update_va_mapping, va, uintptr(pte), flags, 0)
}

// SetSegmentBase sets the base of FS or GS (SEGBASE_*, public/arch-x86/xen-x86_64.h).
//
//go:nosplit
func SetSegmentBase(which, base uintptr) int {
	return Call(abi.HYPERVISOR_set_segment_base, which, base, 0, 0)
}

// Callback registers one entry point for events (public/callback.h).
//
//go:nosplit
func Callback(r *abi.Callback_register) int {
	return Call(abi.HYPERVISOR_callback_op, abi.CALLBACKOP_register, uintptr(unsafe.Pointer(r)), 0, 0)
}

// EventChannel makes an event-channel operation (public/event_channel.h).
//
//go:nosplit
func EventChannel(op uintptr, arg unsafe.Pointer) int {
	return Call(abi.HYPERVISOR_event_channel_op, op, uintptr(arg), 0, 0)
}

// VCPU makes a vCPU operation (public/vcpu.h). arg may be nil.
//
//go:nosplit
func VCPU(op, vcpu uintptr, arg unsafe.Pointer) int {
	return Call(abi.HYPERVISOR_vcpu_op, op, vcpu, uintptr(arg), 0)
}

// Memory makes an operation on the domain's memory (public/memory.h).
//
//go:nosplit
func Memory(op uintptr, arg unsafe.Pointer) int {
	return Call(abi.HYPERVISOR_memory_op, op, uintptr(arg), 0, 0)
}

// HVM makes an operation that only virtual machines have (public/hvm/hvm_op.h).
// arg may be nil.
//
//go:nosplit
func HVM(op uintptr, arg unsafe.Pointer) int {
	return Call(abi.HYPERVISOR_hvm_op, op, uintptr(arg), 0, 0)
}

// Sched makes a scheduler operation (public/sched.h). arg may be nil.
//
//go:nosplit
func Sched(op uintptr, arg unsafe.Pointer) int {
	return Call(abi.HYPERVISOR_sched_op, op, uintptr(arg), 0, 0)
}

// GrantTable makes n grant-table operations of one kind; args is the address of
// their arguments (public/grant_table.h). Each has a status of its own.
//
//go:nosplit
func GrantTable(op uintptr, args unsafe.Pointer, n uintptr) int {
	return Call(abi.HYPERVISOR_grant_table_op, op, uintptr(args), n, 0)
}
