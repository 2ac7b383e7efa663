// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What Xen keeps for a PVH domain: parameters, and pages of its own that it shows
// in the physical address space. Any kernel context.

//go:build domlet

package pvh

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
)

// param reads a parameter of the domain.
func param(index uint32) uint64 {
	p := abi.Xen_hvm_param{Domid: abi.DOMID_SELF, Index: index}
	must(hypercall.HVM(abi.HVMOP_get_param, unsafe.Pointer(&p)))
	return p.Value
}

func setParam(index uint32, v uint64) {
	p := abi.Xen_hvm_param{Domid: abi.DOMID_SELF, Index: index, Value: v}
	must(hypercall.HVM(abi.HVMOP_set_param, unsafe.Pointer(&p)))
}

// Show has Xen put a page of its own, number index of a space (XENMAPSPACE_), at
// frame gfn, where no RAM is. A negative answer is Xen's.
func Show(space uint32, index, gfn uint64) int {
	a := abi.Xen_add_to_physmap{Domid: abi.DOMID_SELF, Space: space, Idx: index, Gpfn: gfn}
	return hypercall.Memory(abi.XENMEM_add_to_physmap, unsafe.Pointer(&a))
}

// ShowSharedInfo puts the shared-info page at frame gfn.
func ShowSharedInfo(gfn uint64) { must(Show(abi.XENMAPSPACE_shared_info, 0, gfn)) }
