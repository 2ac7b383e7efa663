// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The vCPU's entry points and bases. Set-up functions: each is run again on
// resume, so none keeps a machine frame. Events masked.

//go:build domlet

package pv

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
)

// maskEvents is the flag of a trap-table entry that masks events on entry.
const maskEvents = 1 << 2

// anyRing lets the trap be raised from ring 3, where a PV kernel runs.
const anyRing = 3

// Traps is the table given to Xen: one entry for each of the 20 exceptions that
// can happen, and an end mark.
type Traps [21]abi.Trap_info

// SetTrap fills slot i of the table: exception vector, entered at address.
func (t *Traps) SetTrap(i int, vector uint8, address uintptr) {
	t[i%len(t)] = abi.Trap_info{
		Vector: vector, Flags: anyRing | maskEvents, Cs: abi.FLAT_KERNEL_CS, Address: uint64(address),
	}
}

// Install hands the table to Xen.
func (t *Traps) Install() { must(hypercall.SetTrapTable(&t[0])) }

// ClearTraps takes the table back: an exception would end the domain.
func ClearTraps() { must(hypercall.SetTrapTable(nil)) }

// SetUpcall says where events enter, and where a failed iret does.
func SetUpcall(event, failsafe uintptr) {
	r := abi.Callback_register{Type: abi.CALLBACKTYPE_event, Flags: abi.CALLBACKF_mask_events, Address: uint64(event)}
	must(hypercall.Callback(&r))
	r.Type, r.Address = abi.CALLBACKTYPE_failsafe, uint64(failsafe)
	must(hypercall.Callback(&r))
}

// SetGS points GS at the vCPU's own area.
func SetGS(base uintptr) { must(hypercall.SetSegmentBase(abi.SEGBASE_GS_KERNEL, base)) }

// SetFS points FS at the kernel's own TLS.
func SetFS(base uintptr) { must(hypercall.SetSegmentBase(abi.SEGBASE_FS, base)) }

// RegisterVCPU moves vCPU id's vcpu_info to offset bytes into frame pfn.
func RegisterVCPU(id uint32, pfn uint32, offset uintptr) {
	r := abi.Vcpu_register_vcpu_info{Mfn: MFN(pfn), Offset: uint32(offset)}
	must(hypercall.VCPU(abi.VCPUOP_register_vcpu_info, uintptr(id), unsafe.Pointer(&r)))
}

// must crashes the domain where Xen refuses what it may not refuse: the kernel
// cannot go on, and nothing later would say why. The answer stands in R15 of
// the register dump that Xen prints.
func must(rc int) {
	if rc < 0 {
		refused(rc)
	}
}

// refused raises an exception with rc in R15.
func refused(rc int)
