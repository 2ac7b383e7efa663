// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What Xen says of a port, and why it refuses. Any goroutine.

package evtchn

import (
	"errors"
	"strconv"
	"syscall"

	"github.com/domlet/domlet/xen/abi"
)

// Kind is what a port is: one of Xen's EVTCHNSTAT_ values.
type Kind uint32

// The kinds of ports.
const (
	Closed      Kind = abi.EVTCHNSTAT_closed
	Unbound     Kind = abi.EVTCHNSTAT_unbound     // Peer may bind to it
	Interdomain Kind = abi.EVTCHNSTAT_interdomain // connected to Peer's port
	PIRQ        Kind = abi.EVTCHNSTAT_pirq
	VIRQ        Kind = abi.EVTCHNSTAT_virq
	IPI         Kind = abi.EVTCHNSTAT_ipi
)

// Status is Xen's answer to EVTCHNOP_status.
type Status struct {
	Kind Kind
	VCPU int         // the vCPU that serves the port
	Peer abi.Domid_t // of Unbound and Interdomain
	Port Port        // at the other end of Interdomain
	VIRQ uint32      // of VIRQ
}

// statusOf reads Xen's answer, whose last words mean what the kind says.
func statusOf(s *abi.Evtchn_status) Status {
	r := Status{Kind: Kind(s.Status), VCPU: int(s.Vcpu)}
	switch r.Kind {
	case Interdomain:
		r.Peer, r.Port = abi.Domid_t(s.U[0]), Port(s.U[1])
	case Unbound:
		r.Peer = abi.Domid_t(s.U[0])
	case VIRQ:
		r.VIRQ = s.U[0]
	}
	return r
}

// Self returns the number of the domain that has the bus: Xen puts it in the place
// of DOMID_SELF. Unlike xenstore's domid it takes nobody but Xen.
func Self(b Bus) (abi.Domid_t, error) {
	c, err := b.Unbound(abi.DOMID_SELF)
	if err != nil {
		return 0, err
	}
	s, err := c.Status()
	return s.Peer, errors.Join(err, c.Close())
}

// Error is a refusal by Xen.
type Error struct {
	Op    string // what was tried
	Errno syscall.Errno
}

// Error says what was tried, why Xen refused, and what to do about it.
func (e *Error) Error() string { return "evtchn: " + e.Op + ": " + explain(e.Errno) }

// Unwrap returns the number, of type [syscall.Errno]: Xen's are Linux's.
func (e *Error) Unwrap() error { return e.Errno }

// refusal is the error of an operation on a bound port, nil for 0.
func refusal(what string, port Port, errno syscall.Errno) error {
	if errno == 0 {
		return nil
	}
	return &Error{OpPort(what, port), errno}
}

func explain(errno syscall.Errno) string {
	switch errno {
	case syscall.ENOSPC:
		return "no port is left: raise max_event_channels in the domain's configuration"
	case syscall.ENOMEM:
		return "no memory is left: raise memory in the domain's configuration"
	case syscall.ESRCH:
		return "there is no such domain"
	case syscall.EINVAL:
		return "Xen has no such port for this domain: the other end may have closed it"
	case syscall.EEXIST:
		return "it is bound already"
	case syscall.EPERM, syscall.EACCES:
		return "this domain or process may not"
	case syscall.ENOTSUP:
		return "Linux has no such thing for a process"
	case syscall.ENOENT:
		return "there is no such vCPU or virtual interrupt"
	}
	return "error " + strconv.Itoa(int(errno)) + " (" + errno.Error() + ")"
}

// The texts of Error.Op.

// OpUnbound says that a port was to be made for peer.
func OpUnbound(peer abi.Domid_t) string { return "port for domain " + strconv.Itoa(int(peer)) }

// OpInterdomain says that peer's port was to be connected to.
func OpInterdomain(peer abi.Domid_t, port Port) string {
	return "connect to port " + strconv.Itoa(int(port)) + " of domain " + strconv.Itoa(int(peer))
}

// OpVIRQ says that a virtual interrupt was asked for.
func OpVIRQ(virq uint32, vcpu int) string {
	return "virtual interrupt " + strconv.Itoa(int(virq)) + " of vCPU " + strconv.Itoa(vcpu)
}

// OpIPI says that a port within the domain was to be made.
func OpIPI(vcpu int) string { return "port on vCPU " + strconv.Itoa(vcpu) }

// OpPort says what was to be done to a bound port.
func OpPort(what string, port Port) string { return what + " port " + strconv.Itoa(int(port)) }
