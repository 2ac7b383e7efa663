// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The ports of one caller. Any goroutine.

package relay

import (
	"fmt"
	"sync"

	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/abi"
)

// ports are the data ports at which one domain listens.
type ports struct {
	mu   sync.Mutex
	used [wire.MaxCalls]bool
	with [wire.MaxCalls]abi.Domid_t
	next int // where the search for a free one begins
}

// take takes a port for a connection with a domain.
func (p *ports) take(with abi.Domid_t) (wire.Port, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range p.used {
		i := p.next
		p.next = (i + 1) % len(p.used)
		if !p.used[i] {
			p.used[i], p.with[i] = true, with
			return wire.FirstDataPort + wire.Port(i), nil
		}
	}
	return 0, fmt.Errorf("%w: %d calls are under way", ErrRefused, len(p.used))
}

// free gives a port back, if it is one for connections with that domain.
func (p *ports) free(port wire.Port, with abi.Domid_t) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := int(port - wire.FirstDataPort); p.used[i] && p.with[i] == with {
		p.used[i] = false
	}
}

// inUse returns how many ports are taken.
func (p *ports) inUse() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, u := range p.used {
		if u {
			n++
		}
	}
	return n
}

// Ports returns how many ports a domain has taken for its calls.
func (r *Relay) Ports(id abi.Domid_t) int {
	if a := r.agent(id); a != nil {
		return a.ports.inUse()
	}
	return 0
}
