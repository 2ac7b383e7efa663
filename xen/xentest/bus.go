// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Event channels in memory: the operations of a domain on its ports. Host; any
// goroutine.

package xentest

import (
	"syscall"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/evtchn"
)

// Events returns the domain's event channels. They behave as Xen's do, with the
// host's faults: numbers are used again, a port whose other end is gone is
// unbound, and no event tells of it.
func (d *Domain) Events() evtchn.Bus { return bus{d} }

type bus struct{ *Domain }

func (b bus) lock() func() {
	b.host.mu.Lock()
	return b.host.mu.Unlock
}

// bind opens a port and gives it its channel.
func (b bus) bind(op string, s evtchn.Status) (*evtchn.Channel, error) {
	p, errno := b.open(s)
	if errno != 0 {
		return nil, &evtchn.Error{Op: op, Errno: errno}
	}
	return p.channel, nil
}

// domain turns DOMID_SELF into the domain's own number.
func (b bus) domain(peer abi.Domid_t) abi.Domid_t {
	if peer == abi.DOMID_SELF {
		return b.id
	}
	return peer
}

func (b bus) Unbound(peer abi.Domid_t) (*evtchn.Channel, error) {
	defer b.lock()()
	return b.bind(evtchn.OpUnbound(peer), evtchn.Status{Kind: evtchn.Unbound, Peer: b.domain(peer)})
}

func (b bus) Interdomain(peer abi.Domid_t, at evtchn.Port) (*evtchn.Channel, error) {
	defer b.lock()()
	op, peer := evtchn.OpInterdomain(peer, at), b.domain(peer)
	d := b.host.domains[peer]
	if d == nil {
		return nil, &evtchn.Error{Op: op, Errno: syscall.ESRCH}
	}
	r := d.ports.table[at]
	if r == nil || r.status.Kind != evtchn.Unbound || r.status.Peer != b.id {
		return nil, &evtchn.Error{Op: op, Errno: syscall.EINVAL}
	}
	p, errno := b.open(evtchn.Status{Kind: evtchn.Interdomain, Peer: peer, Port: at})
	if errno != 0 {
		return nil, &evtchn.Error{Op: op, Errno: errno}
	}
	p.remote, r.remote = r, p
	r.status = evtchn.Status{Kind: evtchn.Interdomain, VCPU: r.status.VCPU, Peer: b.id, Port: p.number}
	p.arrive()
	return p.channel, nil
}

func (b bus) VIRQ(virq uint32, vcpu int) (*evtchn.Channel, error) {
	defer b.lock()()
	op := evtchn.OpVIRQ(virq, vcpu)
	if errno := b.checkVIRQ(virq, vcpu); errno != 0 {
		return nil, &evtchn.Error{Op: op, Errno: errno}
	}
	return b.bind(op, evtchn.Status{Kind: evtchn.VIRQ, VCPU: vcpu, VIRQ: virq})
}

// checkVIRQ looks for what Xen would say against a virtual interrupt.
func (b bus) checkVIRQ(virq uint32, vcpu int) syscall.Errno {
	if virq >= abi.NR_VIRQS || vcpu != 0 && !perVCPU(virq) {
		return syscall.EINVAL
	}
	if vcpu < 0 || vcpu >= vcpus {
		return syscall.ENOENT
	}
	for _, p := range b.ports.table {
		if p.status.Kind == evtchn.VIRQ && p.status.VIRQ == virq && p.status.VCPU == vcpu {
			return syscall.EEXIST
		}
	}
	return 0
}

// perVCPU reports whether every vCPU has a virtual interrupt of its own.
func perVCPU(virq uint32) bool {
	return virq == abi.VIRQ_TIMER || virq == abi.VIRQ_DEBUG || virq == abi.VIRQ_XENPMU
}

func (b bus) IPI(vcpu int) (*evtchn.Channel, error) {
	defer b.lock()()
	op := evtchn.OpIPI(vcpu)
	if vcpu < 0 || vcpu >= vcpus {
		return nil, &evtchn.Error{Op: op, Errno: syscall.ENOENT}
	}
	return b.bind(op, evtchn.Status{Kind: evtchn.IPI, VCPU: vcpu})
}

// The port as an evtchn.Line.

func (p *port) lock() func() {
	p.domain.host.mu.Lock()
	return p.domain.host.mu.Unlock
}

func (p *port) refuse(what string, errno syscall.Errno) error {
	return &evtchn.Error{Op: evtchn.OpPort(what, p.number), Errno: errno}
}

func (p *port) Port() evtchn.Port { return p.number }

func (p *port) Wait(d time.Duration) error { return p.signal.Wait(d) }

func (p *port) Wake() { p.signal.Wake() }

func (p *port) Notify() error {
	defer p.lock()()
	switch p.status.Kind {
	case evtchn.Interdomain:
		p.domain.host.send(p.remote)
	case evtchn.IPI:
		p.domain.host.send(p)
	case evtchn.Unbound:
	default:
		return p.refuse("notify", syscall.EINVAL)
	}
	return nil
}

func (p *port) Mask() error {
	defer p.lock()()
	p.masked = true
	return nil
}

func (p *port) Unmask() error {
	defer p.lock()()
	p.masked = false
	p.deliver()
	return nil
}

func (p *port) Status() (evtchn.Status, error) {
	defer p.lock()()
	return p.status, nil
}

func (p *port) BindVCPU(vcpu int) error {
	defer p.lock()()
	if vcpu < 0 || vcpu >= vcpus {
		return p.refuse("move", syscall.ENOENT)
	}
	switch k := p.status.Kind; {
	case k == evtchn.Closed, k == evtchn.IPI, k == evtchn.VIRQ && perVCPU(p.status.VIRQ):
		return p.refuse("move", syscall.EINVAL)
	}
	p.status.VCPU = vcpu
	return nil
}

func (p *port) SetPriority(priority int) error {
	defer p.lock()()
	if priority < abi.EVTCHN_FIFO_PRIORITY_MAX || priority > abi.EVTCHN_FIFO_PRIORITY_MIN {
		return p.refuse("set the priority of", syscall.EINVAL)
	}
	return nil
}

func (p *port) Close() error {
	defer p.lock()()
	p.disconnect()
	delete(p.domain.ports.table, p.number)
	p.domain.ports.next = min(p.domain.ports.next, p.number)
	return nil
}
