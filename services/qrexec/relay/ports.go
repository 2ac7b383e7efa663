// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The ports at which one domain listens. Any goroutine.

package relay

import (
	"fmt"
	"sync"

	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/abi"
)

// ports are the data ports at which a domain listens for the others that its calls go to; or the relay, for one domain.
type ports struct {
	mu     sync.Mutex
	slots  [wire.MaxCalls]slot
	next   int                      // where the search for a free one begins
	idents map[wire.Port]wire.Ident // of calls under way, by their callers' numbers
}

// slot is one port.
type slot struct {
	used   bool // by whoever listens
	served bool // who comes to it has not said that it is done
	with   abi.Domid_t
}

// take takes a port for a call that another domain serves.
func (p *ports) take(with abi.Domid_t, ident wire.Ident) (wire.Port, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range p.slots {
		i := p.next
		p.next = (i + 1) % len(p.slots)
		if !p.slots[i].used {
			p.slots[i] = slot{used: true, served: true, with: with}
			port := wire.FirstDataPort + wire.Port(i)
			if p.idents == nil {
				p.idents = map[wire.Port]wire.Ident{}
			}
			p.idents[port] = ident
			return port, nil
		}
	}
	return 0, fmt.Errorf("%w: %d calls are under way", ErrRefused, len(p.slots))
}

// free gives a port back, if it is one for a call that this domain serves.
func (p *ports) free(port wire.Port, with abi.Domid_t) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := &p.slots[port-wire.FirstDataPort]; s.used && s.with == with {
		s.used = false
		delete(p.idents, port)
	}
}

// left notes that a domain is done with the call that it served at a port. False: it serves none there.
func (p *ports) left(port wire.Port, with abi.Domid_t) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.slots[port-wire.FirstDataPort]
	served := s.served && s.with == with
	s.served = s.served && !served
	return served
}

// void gives a port back for a call that was never begun.
func (p *ports) void(port wire.Port, with abi.Domid_t) {
	p.left(port, with)
	p.free(port, with)
}

// callsTo lists the numbers of the calls under way that a domain serves.
func (p *ports) callsTo(with abi.Domid_t) (idents []wire.Ident) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for port, ident := range p.idents {
		if p.slots[port-wire.FirstDataPort].with == with {
			idents = append(idents, ident)
		}
	}
	return idents
}

// inUse returns how many ports are taken.
func (p *ports) inUse() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.idents)
}

// Ports returns how many ports a domain has taken for its calls.
func (r *Relay) Ports(id abi.Domid_t) int {
	if a := r.agent(id); a != nil {
		return a.ports.inUse()
	}
	return 0
}
