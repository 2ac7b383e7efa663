// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Event channels of a domlet domain: hypercalls to bind, the kernel's poll slots
// to wait. Any goroutine.

//go:build domlet

package evtchn

import (
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/guest"
)

// Local returns the event channels of the domain that the program is.
func Local() (Bus, error) { return guestBus{}, nil }

type guestBus struct{}

func (guestBus) Unbound(peer abi.Domid_t) (*Channel, error) {
	a := abi.Evtchn_alloc_unbound{Dom: abi.DOMID_SELF, Remote_dom: peer}
	if errno := hypercallOn(abi.EVTCHNOP_alloc_unbound, &a); errno != 0 {
		return nil, &Error{OpUnbound(peer), errno}
	}
	return openNew(a.Port, 0)
}

func (guestBus) Interdomain(peer abi.Domid_t, port Port) (*Channel, error) {
	a := abi.Evtchn_bind_interdomain{Remote_dom: peer, Remote_port: uint32(port)}
	if errno := hypercallOn(abi.EVTCHNOP_bind_interdomain, &a); errno != 0 {
		return nil, &Error{OpInterdomain(peer, port), errno}
	}
	return openNew(a.Local_port, 0)
}

func (guestBus) VIRQ(virq uint32, vcpu int) (*Channel, error) {
	a := abi.Evtchn_bind_virq{Virq: virq, Vcpu: uint32(vcpu)}
	if errno := hypercallOn(abi.EVTCHNOP_bind_virq, &a); errno != 0 {
		return nil, &Error{OpVIRQ(virq, vcpu), errno}
	}
	return openNew(a.Port, vcpu)
}

func (guestBus) IPI(vcpu int) (*Channel, error) {
	a := abi.Evtchn_bind_ipi{Vcpu: uint32(vcpu)}
	if errno := hypercallOn(abi.EVTCHNOP_bind_ipi, &a); errno != 0 {
		return nil, &Error{OpIPI(vcpu), errno}
	}
	return openNew(a.Port, vcpu)
}

// Open returns the channel of a port that the domain was given bound, as those
// of the console and of xenstore are. Only a domain has such ports.
func Open(port Port) (*Channel, error) { return openOn(port, 0) }

// openOn gives a port that Xen has bound, and delivers to that vCPU, its slot.
func openOn(port Port, vcpu int) (*Channel, error) {
	handle := guest.PollOpen(uint32(port), uint32(vcpu))
	if handle == 0 {
		return nil, &Error{OpPort("serve", port), syscall.ENOMEM}
	}
	return NewChannel(&guestLine{port: port, handle: handle}), nil
}

// openNew is openOn for a port that was bound just now and is closed if it
// cannot be served.
func openNew(port uint32, vcpu int) (*Channel, error) {
	c, err := openOn(Port(port), vcpu)
	if err != nil {
		return nil, errors.Join(err, closePort(Port(port)))
	}
	return c, nil
}

func closePort(port Port) error {
	return refusal("close", port, hypercallOn(abi.EVTCHNOP_close, &abi.Evtchn_close{Port: uint32(port)}))
}

// guestLine is a bound port and its poll slot.
type guestLine struct {
	port   Port
	handle uintptr
}

func (l *guestLine) Port() Port { return l.port }

func (l *guestLine) Notify() error {
	return refusal("notify", l.port, hypercallOn(abi.EVTCHNOP_send, &abi.Evtchn_send{Port: uint32(l.port)}))
}

func (l *guestLine) Wait(d time.Duration) error {
	if !guest.PollWait(l.handle, int64(d)) {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// control asks the kernel for something it keeps the port's state of.
func (l *guestLine) control(do guest.Op, vcpu int, what string) error {
	return refusal(what, l.port, syscall.Errno(guest.PollControl(uint32(l.port), do, uint32(vcpu))))
}

func (l *guestLine) Wake()         { guest.PollControl(uint32(l.port), guest.Wake, 0) }
func (l *guestLine) Mask() error   { return l.control(guest.Mask, 0, "mask") }
func (l *guestLine) Unmask() error { return l.control(guest.Unmask, 0, "unmask") }

func (l *guestLine) BindVCPU(vcpu int) error { return l.control(guest.Move, vcpu, "move") }

func (l *guestLine) Status() (Status, error) {
	s := abi.Evtchn_status{Dom: abi.DOMID_SELF, Port: uint32(l.port)}
	errno := hypercallOn(abi.EVTCHNOP_status, &s)
	return statusOf(&s), refusal("ask for", l.port, errno)
}

func (l *guestLine) SetPriority(priority int) error {
	a := abi.Evtchn_set_priority{Port: uint32(l.port), Priority: uint32(priority)}
	errno := hypercallOn(abi.EVTCHNOP_set_priority, &a)
	if errno == syscall.ENOSYS {
		return errors.ErrUnsupported
	}
	return refusal("set the priority of", l.port, errno)
}

func (l *guestLine) Close() error {
	guest.PollClose(uint32(l.port), l.handle)
	return closePort(l.port)
}
