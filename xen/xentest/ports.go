// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Event channels in memory: the ports of a domain, as Xen keeps them. Host; any
// goroutine.

package xentest

import (
	"syscall"
	"time"

	"github.com/domlet/domlet/xen/evtchn"
)

// defaultPorts is libxl's value of max_event_channels: the largest port number.
const defaultPorts = 1023

// vcpus is how many vCPUs every domain has.
const vcpus = 4

// ports are a domain's event channels. Covered by host.mu.
type ports struct {
	table map[evtchn.Port]*port
	limit evtchn.Port // the largest number
	next  evtchn.Port // where the search for a free number begins
}

// port is one event channel of a domain. It is the evtchn.Line of a channel.
type port struct {
	domain  *Domain
	number  evtchn.Port
	signal  evtchn.Signal
	channel *evtchn.Channel

	// Covered by host.mu.
	status  evtchn.Status
	remote  *port // of an interdomain channel
	pending bool
	masked  bool
}

func (d *Domain) initPorts() {
	d.ports = ports{table: map[evtchn.Port]*port{}, limit: defaultPorts, next: 1}
	d.death = append(d.death, d.closePorts)
	d.after = append(d.after, d.closeChannels)
}

// closePorts closes every port of a dying domain: the other ends become unbound.
func (d *Domain) closePorts() {
	for _, p := range d.ports.table {
		p.disconnect()
	}
}

// closeChannels ends the dead domain's own waits.
func (d *Domain) closeChannels() {
	d.host.mu.Lock()
	table := d.ports.table
	d.ports.table = nil
	d.host.mu.Unlock()
	for _, p := range table {
		p.channel.Close()
	}
}

// SetMaxEventChannels sets the largest port number, as the configuration's
// max_event_channels does.
func (d *Domain) SetMaxEventChannels(n int) {
	d.host.mu.Lock()
	defer d.host.mu.Unlock()
	d.ports.limit = evtchn.Port(n)
}

// Ports returns how many ports the domain has open.
func (d *Domain) Ports() int {
	d.host.mu.Lock()
	defer d.host.mu.Unlock()
	return len(d.ports.table)
}

// open adds a port with the lowest free number, which is how Xen chooses: a
// number that was closed is soon used again. Locked.
func (d *Domain) open(s evtchn.Status) (*port, syscall.Errno) {
	if d.dead {
		return nil, syscall.ESRCH
	}
	n := d.ports.next
	for d.ports.table[n] != nil {
		n++
	}
	if n > d.ports.limit {
		return nil, syscall.ENOSPC
	}
	p := &port{domain: d, number: n, signal: evtchn.NewSignal(), status: s}
	p.channel = evtchn.NewChannel(p)
	d.ports.table[n] = p
	d.ports.next = n + 1
	return p, 0
}

// send delivers an event to a port, with the host's faults. Locked.
func (h *Host) send(p *port) {
	if h.chance(h.faults.DropEvent) {
		return
	}
	if h.chance(h.faults.RepeatEvent) {
		h.sendLate(p)
	}
	if h.chance(h.faults.DelayEvent) {
		h.sendLate(p)
		return
	}
	p.arrive()
}

// sendLate delivers an event after a while. Locked.
func (h *Host) sendLate(p *port) {
	late := time.Duration(h.random.Int64N(int64(h.faults.MaxDelay) + 1))
	time.AfterFunc(late, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		p.arrive()
	})
}

// arrive is an event at a port: it waits there while the port is masked. Locked.
func (p *port) arrive() {
	p.pending = true
	p.deliver()
}

// deliver reports the event that waits at a port, if it may be. Locked.
func (p *port) deliver() {
	if p.pending && !p.masked && p.status.Kind != evtchn.Closed {
		p.pending = false
		p.signal.Wake()
	}
}

// disconnect ends a port. The other end becomes a port that this domain could
// bind to. Locked.
func (p *port) disconnect() {
	if r := p.remote; r != nil {
		r.remote = nil
		r.status = evtchn.Status{Kind: evtchn.Unbound, VCPU: r.status.VCPU, Peer: p.domain.id}
	}
	p.remote, p.pending = nil, false
	p.status = evtchn.Status{Kind: evtchn.Closed}
}
