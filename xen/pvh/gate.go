// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How this domain calls Xen, and how it speaks before it can. Boot vCPU,
// interrupts off.

//go:build domlet

package pvh

import (
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
	"github.com/domlet/domlet/xen/raw"
	"github.com/domlet/domlet/xen/x86"
)

// findGate learns from Xen which instruction calls it: Xen fills a page, here
// frame pfn, with a stub for each call, `MOV number, EAX; VMCALL or VMMCALL; RET`.
// What the stub for one call holds is all that is wanted of the page. That the
// page is asked for in 64-bit mode tells Xen too how shared_info is laid out.
func findGate(pfn uint32) bool {
	leaf, ok := signature()
	if !ok {
		Stop("domlet: CPUID does not know Xen\n")
	}
	_, msr, _, _ := x86.CPUID(leaf+2, 0)
	raw.ZeroPage(at(pfn))
	x86.WriteMSR(msr, uint64(pfn)<<shiftPage)
	const stub, afterMov = 32, 5
	code := (*[8]byte)(raw.Ptr(at(pfn) + stub*abi.HYPERVISOR_xen_version))
	if code[afterMov] != 0x0f || code[afterMov+1] != 0x01 {
		return false
	}
	switch code[afterMov+2] {
	case 0xc1:
		hypercall.Use(hypercall.VMCALL)
	case 0xd9:
		hypercall.Use(hypercall.VMMCALL)
	default:
		return false
	}
	return true
}

// signature returns Xen's first CPUID leaf: the leaves of other interfaces that
// Xen shows may come before.
func signature() (leaf uint32, ok bool) {
	for leaf = abi.XEN_CPUID_FIRST_LEAF; leaf < abi.XEN_CPUID_FIRST_LEAF+0x10000; leaf += 0x100 {
		_, b, c, d := x86.CPUID(leaf, 0)
		if b == abi.XEN_CPUID_SIGNATURE_EBX && c == abi.XEN_CPUID_SIGNATURE_ECX && d == abi.XEN_CPUID_SIGNATURE_EDX {
			return leaf, true
		}
	}
	return 0, false
}

// Log writes a message to Xen's own console, where `xl dmesg` shows it, for as
// long as there is no other.
func Log(s string) {
	const port = 0xe9
	for i := range len(s) {
		x86.Out(port, s[i])
	}
}

// Stop ends a domain that cannot be started. There is no IDT yet: the exception
// makes the CPU shut down, and Xen the domain.
func Stop(why string) {
	Log(why)
	stop()
}

func stop()
