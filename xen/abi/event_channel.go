// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Declarations of event_channel.h: ports, and the two ways Xen reports their events.

package abi

import "structs"

// Commands of event_channel_op.
const (
	EVTCHNOP_bind_interdomain = 0
	EVTCHNOP_bind_virq        = 1
	EVTCHNOP_bind_pirq        = 2
	EVTCHNOP_close            = 3
	EVTCHNOP_send             = 4
	EVTCHNOP_status           = 5
	EVTCHNOP_alloc_unbound    = 6
	EVTCHNOP_bind_ipi         = 7
	EVTCHNOP_bind_vcpu        = 8
	EVTCHNOP_unmask           = 9
	EVTCHNOP_reset            = 10
	EVTCHNOP_init_control     = 11
	EVTCHNOP_expand_array     = 12
	EVTCHNOP_set_priority     = 13
)

// Values of [Evtchn_status].Status.
const (
	EVTCHNSTAT_closed      = 0
	EVTCHNSTAT_unbound     = 1
	EVTCHNSTAT_interdomain = 2
	EVTCHNSTAT_pirq        = 3
	EVTCHNSTAT_virq        = 4
	EVTCHNSTAT_ipi         = 5
)

// EVTCHN_2L_NR_CHANNELS is the number of ports of the 2-level interface.
const EVTCHN_2L_NR_CHANNELS = 8 * 8 * 64

// Priorities of the FIFO interface: the smaller the number, the sooner the event.
const (
	EVTCHN_FIFO_PRIORITY_MAX     = 0
	EVTCHN_FIFO_PRIORITY_DEFAULT = 7
	EVTCHN_FIFO_PRIORITY_MIN     = 15
	EVTCHN_FIFO_MAX_QUEUES       = EVTCHN_FIFO_PRIORITY_MIN + 1
)

// Bit numbers in an event word of the FIFO interface, and its link field in the low bits.
const (
	EVTCHN_FIFO_PENDING     = 31
	EVTCHN_FIFO_MASKED      = 30
	EVTCHN_FIFO_LINKED      = 29
	EVTCHN_FIFO_BUSY        = 28
	EVTCHN_FIFO_LINK_BITS   = 17
	EVTCHN_FIFO_LINK_MASK   = 1<<EVTCHN_FIFO_LINK_BITS - 1
	EVTCHN_FIFO_NR_CHANNELS = 1 << EVTCHN_FIFO_LINK_BITS
)

// Evtchn_alloc_unbound is the argument of EVTCHNOP_alloc_unbound.
type Evtchn_alloc_unbound struct {
	_          structs.HostLayout
	Dom        Domid_t
	Remote_dom Domid_t
	Port       uint32 // out
}

// Evtchn_bind_interdomain is the argument of EVTCHNOP_bind_interdomain.
type Evtchn_bind_interdomain struct {
	_           structs.HostLayout
	Remote_dom  Domid_t
	Remote_port uint32
	Local_port  uint32 // out
}

// Evtchn_bind_virq is the argument of EVTCHNOP_bind_virq.
type Evtchn_bind_virq struct {
	_    structs.HostLayout
	Virq uint32
	Vcpu uint32
	Port uint32 // out
}

// Evtchn_bind_ipi is the argument of EVTCHNOP_bind_ipi.
type Evtchn_bind_ipi struct {
	_    structs.HostLayout
	Vcpu uint32
	Port uint32 // out
}

// Evtchn_close is the argument of EVTCHNOP_close.
type Evtchn_close struct {
	_    structs.HostLayout
	Port uint32
}

// Evtchn_send is the argument of EVTCHNOP_send.
type Evtchn_send struct {
	_    structs.HostLayout
	Port uint32
}

// Evtchn_status is the argument of EVTCHNOP_status.
type Evtchn_status struct {
	_      structs.HostLayout
	Dom    Domid_t
	Port   uint32
	Status uint32    // out: EVTCHNSTAT_
	Vcpu   uint32    // out: the vCPU that gets the events
	U      [2]uint32 // out: remote domain (low 16 bits) and port of an interdomain channel; else the VIRQ or PIRQ first
}

// Evtchn_bind_vcpu is the argument of EVTCHNOP_bind_vcpu.
type Evtchn_bind_vcpu struct {
	_    structs.HostLayout
	Port uint32
	Vcpu uint32
}

// Evtchn_unmask is the argument of EVTCHNOP_unmask.
type Evtchn_unmask struct {
	_    structs.HostLayout
	Port uint32
}

// Evtchn_reset is the argument of EVTCHNOP_reset.
type Evtchn_reset struct {
	_   structs.HostLayout
	Dom Domid_t
}

// Evtchn_init_control is the argument of EVTCHNOP_init_control: it gives a vCPU its FIFO control block.
type Evtchn_init_control struct {
	_           structs.HostLayout
	Control_gfn uint64 // frame of the [Evtchn_fifo_control_block]
	Offset      uint32 // bytes into it, a multiple of 8
	Vcpu        uint32
	Link_bits   uint8 // out
	_           [7]uint8
}

// Evtchn_expand_array is the argument of EVTCHNOP_expand_array: it adds one page of event words.
type Evtchn_expand_array struct {
	_         structs.HostLayout
	Array_gfn uint64
}

// Evtchn_set_priority is the argument of EVTCHNOP_set_priority.
type Evtchn_set_priority struct {
	_        structs.HostLayout
	Port     uint32
	Priority uint32
}

// Evtchn_fifo_control_block is what Xen and one vCPU share in the FIFO interface.
type Evtchn_fifo_control_block struct {
	_     structs.HostLayout
	Ready uint32 // bit n: queue n is not empty
	_     uint32
	Head  [EVTCHN_FIFO_MAX_QUEUES]uint32 // first port of each queue
}
