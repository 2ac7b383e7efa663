// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The two ways a domain boots, behind one set of names: what is set up once for
// the domain or for a vCPU. Events masked.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/xen/pv"
	"github.com/domlet/domlet/xen/raw"
)

// handed is what the builder handed over.
var handed pv.Boot

// earlyConsole finds the console for messages before takeOver.
func earlyConsole() (page uintptr, port uint32) { return pv.Console(startInfo) }

// takeOver takes memory over from the builder; end is the first address behind
// the image. False: there is no room for the page tables of all memory.
func takeOver(end uintptr) bool { return pv.Start(startInfo, end, noExecute(), &handed) }

// setBases points GS at the vCPU's area and FS at the kernel's own TLS.
func setBases(c *cpu) {
	pv.SetGS(c.self)
	pv.SetFS(c.fs)
}

// mapSharedInfo puts the shared-info page where the foreign frames begin. The
// page-table writer has been fed.
func mapSharedInfo() {
	mapForeign(window, handed.SharedInfo/raw.PageSize)
	flushWrites()
}

// xenFrame returns what Xen calls frame pfn in a hypercall.
func xenFrame(pfn uint32) uint64 { return pv.MFN(pfn) }

// registerVCPU moves the vCPU's vcpu_info into its area.
func registerVCPU(c *cpu) {
	pv.RegisterVCPU(c.id, frameAt(c.self), unsafe.Offsetof(c.info))
}

// startVCPU has a vCPU begin at ap (boot_amd64.s).
func startVCPU(c *cpu) {
	pv.StartVCPU(&pv.VCPU{
		ID: c.id, Entry: apEntry(), Stack: c.stack, FS: c.fs, GS: c.self,
		Scratch: c.low(), Info: c.self + unsafe.Offsetof(c.info),
	})
}

var traps pv.Traps

// setTraps says where exceptions and events enter.
func setTraps() {
	vectors := [...]uint8{0, 1, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 16, 17, 19}
	var at [16]uintptr
	trapEntries(&at)
	for i, v := range vectors {
		traps.SetTrap(i, v, at[i%len(at)])
	}
	traps.Install()
	pv.SetUpcall(callbackEntries())
}

// policy is CPUID as Xen answers it for this domain.
func policy(leaf, sub uint32) (a, b, c, d uint32) { return xenCPUID(leaf, sub) }

// cr2 is the address of the last page fault.
func cr2() uintptr { return uintptr(me().info.Arch.Cr2) }
