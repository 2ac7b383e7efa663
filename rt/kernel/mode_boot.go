// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The two ways a domain boots, behind one set of names: what is set up once for
// the domain or for a vCPU. Events masked.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/bytering"
	"github.com/domlet/domlet/xen/handover"
	"github.com/domlet/domlet/xen/pv"
	"github.com/domlet/domlet/xen/pvh"
	"github.com/domlet/domlet/xen/raw"
	"github.com/domlet/domlet/xen/x86"
)

// handed is what the builder handed over.
var handed handover.Info

// initEarlyConsole finds the console for messages before takeOver, where there is one.
func initEarlyConsole() {
	if mode == modePV {
		page, port := pv.Console(startInfo)
		console.ring.Init(page, &bytering.Console)
		console.port = port
	}
}

// takeOver takes memory over from the builder; end is the first address behind
// the image. False: there is no room for the page tables of all memory.
func takeOver(end uintptr) bool {
	if mode == modePVH {
		codeSelector, stackSelector = pvh.CodeSelector, pvh.DataSelector
		return pvh.Start(startInfo, end, noExecute(), &handed)
	}
	return pv.Start(startInfo, end, noExecute(), &handed)
}

// sayEarly is say where there is no console yet. False: there is one.
func sayEarly(s string) bool {
	if mode == modePVH {
		pvh.Log(s)
	}
	return mode == modePVH
}

// machineState is what the CPU itself looks into, in a PVH domain.
type machineState = pvh.CPU

// equipMachine gives a vCPU the stacks that the CPU itself changes to, and the
// tables that it looks into. False: the domain has no room for them.
func equipMachine(c *cpu) (ok bool) {
	if mode == modePV {
		return true
	}
	for i := range c.machine.Tops {
		if c.machine.Tops[i], ok = newStack(raw.PageSize); !ok {
			return false
		}
	}
	pfn, ok := takeFrame()
	for ok && pvh.Large(pfn) {
		feedTable(pfn) // which makes small pages of the large one that it is in
		flushWrites()
		me().stats.Tables++
		pfn, ok = takeFrame()
	}
	if ok {
		c.machine.Init(pfn)
		setGates(c)
	}
	return ok
}

// setBases points GS at the vCPU's area and FS at the kernel's own TLS.
func setBases(c *cpu) {
	if mode == modePVH {
		pvh.SetGS(c.self)
		pvh.SetFS(c.fs)
		return
	}
	pv.SetGS(c.self)
	pv.SetFS(c.fs)
}

// mapSharedInfo puts the shared-info page where the foreign frames begin. The
// page-table writer has been fed.
func mapSharedInfo() {
	number := handed.SharedInfo / raw.PageSize
	if mode == modePVH {
		pvh.ShowSharedInfo(number)
	}
	mapForeign(window, number)
	flushWrites()
	if mode != modePVH {
		const at = window + raw.PageSize // up to the stacks nothing else is there
		pv.ShowFrames(&(*abi.Shared_info)(raw.Ptr(window)).Arch, at, (stackLow-at)/raw.PageSize)
		flushWrites()
	}
}

// xenFrame returns what Xen calls frame pfn in a hypercall.
func xenFrame(pfn uint32) uint64 {
	if mode == modePVH {
		return uint64(pfn)
	}
	return pv.MFN(pfn)
}

// clearTraps takes back where exceptions and events enter: one would end the
// domain now.
func clearTraps() {
	if mode == modePVH {
		pvh.ClearUpcall()
	} else {
		pv.ClearTraps()
	}
}

// registerVCPU moves the vCPU's vcpu_info into its area.
func registerVCPU(c *cpu) {
	pfn, offset := frameAt(c.self), unsafe.Offsetof(c.info)
	if mode == modePVH {
		pvh.RegisterVCPU(c.id, pfn, offset)
	} else {
		pv.RegisterVCPU(c.id, pfn, offset)
	}
}

// startVCPU has a vCPU begin at ap (boot_amd64.s).
func startVCPU(c *cpu) {
	if mode == modePVH {
		pvh.StartVCPU(&pvh.VCPU{
			ID: c.id, Entry: apEntry(), Stack: c.stack, FS: c.fs, GS: c.self,
			Info: c.self + unsafe.Offsetof(c.info),
		})
		return
	}
	pv.StartVCPU(&pv.VCPU{
		ID: c.id, Entry: apEntry(), Stack: c.stack, FS: c.fs, GS: c.self,
		Scratch: c.low(), Info: c.self + unsafe.Offsetof(c.info),
	})
}

// setTraps says where exceptions and events of this vCPU enter.
func setTraps(c *cpu) {
	if mode == modePVH {
		c.machine.Use()
		pvh.SetUpcall(vecEvent)
		return
	}
	setTrapTable()
}

var traps pv.Traps

func setTrapTable() {
	vectors := [...]uint8{0, 1, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 16, 17, 19}
	var at [16]uintptr
	trapEntries(&at)
	for i, v := range vectors {
		traps.SetTrap(i, v, at[i%len(at)])
	}
	traps.Install()
	pv.SetUpcall(callbackEntries())
}

// vecEvent is the vector of events, the first one behind the exceptions.
const vecEvent = pvh.Vectors - 1

// Exceptions that may come while another one's frame is still on its stack.
const (
	vecNMI     = 2
	vecDouble  = 8
	vecMachine = 18
)

func setGates(c *cpu) {
	for v, entry := range gateEntries() {
		stack := uint64(pvh.StackTrap)
		switch v {
		case vecNMI, vecMachine:
			stack = pvh.StackNMI
		case vecDouble:
			stack = pvh.StackDouble
		case vecEvent:
			stack = pvh.StackRunning
		}
		if entry != 0 {
			c.machine.SetGate(v, entry, stack)
		}
	}
}

// policy is CPUID as Xen answers it for this domain.
//
//go:noinline // it has many callers, none of them in a hurry
func policy(leaf, sub uint32) (a, b, c, d uint32) {
	if mode == modePVH {
		return cpuid(leaf, sub)
	}
	return xenCPUID(leaf, sub)
}

// cr2 is the address of the last page fault.
//
//go:noinline // it has many callers, none of them in a hurry
func cr2() uintptr {
	if mode == modePVH {
		return x86.CR2()
	}
	return uintptr(me().info.Arch.Cr2)
}

func gateEntries() *[pvh.Vectors]uintptr
