// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What Xen keeps for this domain, as one ordered list. A domain that was
// suspended and resumed is a new one to Xen, which keeps nothing of the old one:
// the list is then run again. So no step may remember a machine frame, and what a
// step makes (ports, above all) belongs to one run of the list, a generation.
// Kernel, lock held.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
	"github.com/domlet/domlet/xen/x86"
)

// The steps, in the order in which they are set up. Those from stepPorts to
// stepIPI each vCPU takes for itself.
const (
	stepShared   = iota // the shared-info page, mapped
	stepMasks           // every port masked: each is unmasked when it is bound
	stepInfo            // the boot vCPU's vcpu_info in its area; startVCPU does the others'
	stepPorts           // the interface for event channels
	stepTraps           // where exceptions and events enter
	stepFeatures        // what the CPU can do more than every CPU
	stepTimer           // the port of the timer
	stepIPI             // the port by which other vCPUs interrupt this one
	stepConsole         // the console's port
	stepStore           // xenstore's port, and what the kernel asks of xenstored
	stepGrants          // the grant table, where the program uses it
	steps
)

// generation counts the runs of the list.
var generation uint32

// setUp runs the list, on the boot vCPU. again: Xen still knows the domain, and
// keeps what it keeps for a domain's life.
func setUp(c *cpu, again bool) {
	generation++
	for step := range steps {
		if !again || !lasting(step) {
			up(step, c)
		}
	}
}

// setUpCPU runs the part of the list that a vCPU has to do for itself.
func setUpCPU(c *cpu) {
	for step := stepPorts; step <= stepIPI; step++ {
		up(step, c)
	}
}

// tearDown takes the list back, on the boot vCPU, last step first: from then on
// no event comes, and no exception can be taken, until setUp has run again.
func tearDown(c *cpu) {
	for step := steps - 1; step >= 0; step-- {
		down(step, c)
	}
}

// lasting reports whether Xen lets a step be taken only once in a domain's life.
func lasting(step int) bool { return step == stepMasks || step == stepInfo || step == stepPorts }

func up(step int, c *cpu) {
	switch step {
	case stepShared:
		mapShared()
	case stepMasks:
		maskAll()
	case stepInfo:
		registerVCPU(c)
	case stepPorts:
		setUpPorts(c)
	case stepTraps:
		setTraps(c)
	case stepFeatures:
		cpuFeatures()
	case stepTimer:
		bindTimer(c)
	case stepIPI:
		bindIPI(c)
		c.born, c.generation = nanotime(), generation
	case stepConsole:
		mustBind(c, console.port)
	case stepStore:
		listen()
	case stepGrants:
		setUpGrants()
	}
}

func down(step int, c *cpu) {
	switch step {
	case stepShared:
		unmapShared()
	case stepTraps:
		clearTraps()
	case stepFeatures:
		x86.SetCR4(x86.CR4() &^ features.cr4)
	case stepTimer:
		hypercall.VCPU(abi.VCPUOP_stop_singleshot_timer, uintptr(c.id), nil)
		closePort(c.timerPort)
		c.timerPort, c.armed = 0, 0
	case stepIPI:
		closePort(c.ipiPort)
		c.ipiPort = 0
	case stepConsole:
		unbindPort(console.port)
	case stepStore:
		unbindPort(store.port)
	case stepGrants:
		tearDownGrants()
	}
}

// closePort ends a port of the kernel's own.
func closePort(port uint32) {
	unbindPort(port)
	e := abi.Evtchn_close{Port: port}
	must(hypercall.EventChannel(abi.EVTCHNOP_close, unsafe.Pointer(&e)))
}

// mapShared maps the shared-info page, the first of the foreign frames.
func mapShared() {
	if !feed() {
		outOfMemory("page tables", 3)
	}
	mapSharedInfo()
	sharedInfo = window
}

func unmapShared() {
	sharedInfo = 0
	unmapPage(window)
	flushWrites()
	flushTLB()
}

// maskAll masks every port of the two-level interface.
func maskAll() {
	s := shared()
	for i := range s.Evtchn_mask {
		s.Evtchn_mask[i] = ^uint64(0)
	}
}
