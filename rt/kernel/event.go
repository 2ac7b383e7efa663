// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Events: from a pending bit to a timer, the console, or a poll slot. Kernel,
// lock held.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/bytering"
	"github.com/domlet/domlet/xen/hypercall"
	"github.com/domlet/domlet/xen/raw"
)

// sharedInfo is the address of the shared-info page.
var sharedInfo uintptr

// Entry points of the assembly.
var (
	upcallFn      = onEvent
	doorFn        = door
	trapFn        = trap
	kernelFaultFn = kernelFault
	bootFn        = boot
	apFn          = apStart
)

// onEvent runs after an event interrupted a thread.
//
//go:nowritebarrierrec
func onEvent() {
	lock()
	me().stats.Upcalls++
	leave()
}

func shared() *abi.Shared_info { return (*abi.Shared_info)(raw.Ptr(sharedInfo)) }

// events serves what is pending, then the timers.
func events(c *cpu) {
	for {
		port, ok := nextPort(c)
		if !ok {
			break
		}
		c.stats.Events++
		c.past.note(signalled, uintptr(port), 0)
		event(c, port)
	}
	expire()
}

func event(c *cpu, port uint32) {
	switch port {
	case c.timerPort:
		c.armed = 0
	case c.ipiPort:
		// leave, which called, does what there is to do.
	case console.port:
		consoleEvent()
	case store.port:
		hear()
		raise(portSlots+port, slotsBoth)
	default:
		raise(portSlots+port, slotsBoth)
	}
}

// bindTimer binds the vCPU's timer and turns off the 100 Hz one that Xen starts
// a PV vCPU with.
func bindTimer(c *cpu) {
	b := abi.Evtchn_bind_virq{Virq: abi.VIRQ_TIMER, Vcpu: c.id}
	must(hypercall.EventChannel(abi.EVTCHNOP_bind_virq, unsafe.Pointer(&b)))
	c.timerPort = uint32(b.Port)
	mustBind(c, c.timerPort)
	prioritize(c.timerPort, abi.EVTCHN_FIFO_PRIORITY_MAX)
	hypercall.VCPU(abi.VCPUOP_stop_periodic_timer, uintptr(c.id), nil)
}

// bindIPI binds the port by which others interrupt the vCPU.
func bindIPI(c *cpu) {
	b := abi.Evtchn_bind_ipi{Vcpu: c.id}
	must(hypercall.EventChannel(abi.EVTCHNOP_bind_ipi, unsafe.Pointer(&b)))
	c.ipiPort = b.Port
	mustBind(c, c.ipiPort)
	prioritize(c.ipiPort, abi.EVTCHN_FIFO_PRIORITY_MAX)
}

// notify sends an event on a port.
//
//go:noinline // it has many callers, none of them in a hurry
func notify(port uint32) {
	s := abi.Evtchn_send{Port: port}
	hypercall.EventChannel(abi.EVTCHNOP_send, unsafe.Pointer(&s))
}

// pollRing blocks the vCPU until a ring's port has an event or the time has come,
// with everything else in the domain held; not if all is read.
func pollRing(r *bytering.Ring, port uint32, until int64) {
	clearPort(port)
	if n, ok := r.Unsent(); ok && n == 0 {
		return
	}
	p := abi.Sched_poll{Ports: uintptr(unsafe.Pointer(&port)), Nr_ports: 1, Timeout: uint64(until)}
	hypercall.Sched(abi.SCHEDOP_poll, unsafe.Pointer(&p))
}
