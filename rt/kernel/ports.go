// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Ports: which of Xen's two interfaces for event channels the domain uses, and
// what the kernel does with a port in either. Kernel, lock held.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/evtchn/core"
	"github.com/domlet/domlet/xen/hypercall"
)

// ports is the domain's port table: one of two kinds, chosen once at boot.
var ports struct {
	fifo  bool
	two   core.TwoLevel
	queue core.FIFO
}

// cpuPorts is what a vCPU knows of the ports that it serves.
type cpuPorts struct {
	two   core.TwoLevelCPU
	queue core.FIFOCPU
}

// setUpPorts has a vCPU receive events. It runs on that vCPU, after
// registerVCPU; on the boot vCPU first, which chooses the interface.
func setUpPorts(c *cpu) {
	info := c.self + unsafe.Offsetof(c.info)
	ports.two.Init(sharedInfo)
	c.ports.two.Init(info)
	c.ports.queue.Init(info, c.self+unsafe.Offsetof(c.control))
	if params.evtchn == twoLevel {
		return
	}
	i := abi.Evtchn_init_control{
		Control_gfn: xenFrame(frameAt(c.self)), Offset: uint32(unsafe.Offsetof(c.control)), Vcpu: c.id,
	}
	rc := hypercall.EventChannel(abi.EVTCHNOP_init_control, unsafe.Pointer(&i))
	if rc < 0 && (params.evtchn == fifo || ports.fifo) {
		say("\ndomlet: this Xen has no FIFO event channels: leave evtchn=fifo out\n")
		crash()
	}
	ports.fifo = rc == 0
}

// nextPort takes the next port that has an event and that c serves.
func nextPort(c *cpu) (port uint32, ok bool) {
	if ports.fifo {
		return c.ports.queue.Next(&ports.queue)
	}
	return c.ports.two.Next(&ports.two)
}

// bindPort has vCPU c serve a port, from now on: Xen sends its events there. It
// answers an errno: there may be no memory for the port's event word.
func bindPort(c *cpu, port uint32) uintptr {
	if ports.fifo {
		if !growPorts(port) {
			return abi.XEN_ENOMEM
		}
	} else {
		c.ports.two.Bind(port)
	}
	unmaskPort(port)
	return 0
}

// mustBind is bindPort for the kernel's own ports.
func mustBind(c *cpu, port uint32) {
	if bindPort(c, port) != 0 {
		outOfMemory("event channels", 1)
	}
}

// growPorts gives Xen pages of event words until port has one.
func growPorts(port uint32) bool {
	for port >= ports.queue.Ports() {
		pfn, ok := takeFrame()
		if !ok {
			return false
		}
		if !ports.queue.AddPage(frame(pfn)) {
			die(running(), "a port number that Xen does not give")
		}
		e := abi.Evtchn_expand_array{Array_gfn: xenFrame(pfn)}
		must(hypercall.EventChannel(abi.EVTCHNOP_expand_array, unsafe.Pointer(&e)))
	}
	return true
}

// unbindPort has no vCPU serve a port.
func unbindPort(port uint32) {
	maskPort(port)
	for i := range cpus.n {
		cpuAt(i).ports.two.Unbind(port)
	}
}

func maskPort(port uint32) {
	if ports.fifo {
		ports.queue.Mask(port)
	} else {
		ports.two.Mask(port)
	}
}

// unmaskPort lets a port's events in; Xen delivers one that is waiting.
func unmaskPort(port uint32) {
	ask := false
	if ports.fifo {
		ask = ports.queue.Unmask(port)
	} else {
		ask = ports.two.Unmask(port)
	}
	if ask {
		u := abi.Evtchn_unmask{Port: port}
		must(hypercall.EventChannel(abi.EVTCHNOP_unmask, unsafe.Pointer(&u)))
	}
}

// clearPort takes the event waiting at a port, for a caller that will look at
// what the port stands for.
func clearPort(port uint32) {
	if ports.fifo {
		ports.queue.Clear(port)
	} else {
		ports.two.Clear(port)
	}
}

// prioritize has a port served before those of larger numbers. Two levels know
// no priorities.
func prioritize(port, priority uint32) {
	if ports.fifo {
		p := abi.Evtchn_set_priority{Port: port, Priority: priority}
		must(hypercall.EventChannel(abi.EVTCHNOP_set_priority, unsafe.Pointer(&p)))
	}
}

// movePort has another vCPU serve a port, and answers an errno of Xen's.
func movePort(c *cpu, port uint32) uintptr {
	b := abi.Evtchn_bind_vcpu{Port: port, Vcpu: c.id}
	if rc := hypercall.EventChannel(abi.EVTCHNOP_bind_vcpu, unsafe.Pointer(&b)); rc < 0 {
		return uintptr(-rc)
	}
	if ports.fifo {
		return 0
	}
	// An event that finds the port masked goes to the vCPU that serves it when it
	// is unmasked.
	masked := ports.two.Masked(port)
	unbindPort(port)
	c.ports.two.Bind(port)
	if !masked {
		unmaskPort(port)
	}
	return 0
}

// What portCall can do. guest.Op has the same numbers, and the overlaid runtime
// the first two.
const (
	portBind = iota
	portUnbind
	portMask
	portUnmask
	portMove
	portWake
)

// portCall does one thing to a port of the program's, and answers an errno.
func portCall(t *thread) uintptr {
	port := uint32(t.di)
	if port >= abi.EVTCHN_FIFO_NR_CHANNELS || t.dx >= uintptr(cpus.n) {
		return abi.XEN_EINVAL
	}
	c := cpuAt(uint32(t.dx))
	switch t.si {
	case portBind:
		return bindPort(c, port)
	case portUnbind:
		unbindPort(port)
	case portMask:
		maskPort(port)
	case portUnmask:
		unmaskPort(port)
	case portMove:
		return movePort(c, port)
	case portWake:
		raise(portSlots+port, slotsBoth)
	}
	return 0
}
