// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The host and its domains: what every kind of shared thing hangs on. Host; any
// goroutine.

package xentest

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/domlet/domlet/xen/abi"
)

// Host is one machine: a set of domains, and the faults between them.
type Host struct {
	tb testing.TB

	mu      sync.Mutex // covers everything below and the state of every domain
	random  *rand.Rand
	faults  Faults
	domains map[abi.Domid_t]*Domain
}

// Domain is one domain of a host. Its methods may be called by any goroutine.
type Domain struct {
	host *Host
	id   abi.Domid_t

	// Covered by host.mu.
	dead  bool
	death []func() // what Kill does, in the order of registration; called with host.mu held
}

// Faults are the chances, from 0 to 1, that something goes wrong. The zero
// Faults has a host without faults.
type Faults struct{}

// New returns a host without domains. All that it does at random comes from the
// seed, which is logged if the test fails.
func New(tb testing.TB, seed uint64) *Host {
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("xentest: the host's seed was %d", seed)
		}
	})
	return &Host{tb: tb, random: rand.New(rand.NewPCG(seed, 0)), domains: map[abi.Domid_t]*Domain{}}
}

// SetFaults changes the host's faults from now on.
func (h *Host) SetFaults(f Faults) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = f
}

// Domain returns the domain with that number and starts it if there is none. A
// killed domain's number may be used again: the new domain has nothing of the
// old one.
func (h *Host) Domain(id abi.Domid_t) *Domain {
	h.mu.Lock()
	defer h.mu.Unlock()
	if d := h.domains[id]; d != nil {
		return d
	}
	d := &Domain{host: h, id: id}
	h.domains[id] = d
	return d
}

// ID returns the domain's number.
func (d *Domain) ID() abi.Domid_t { return d.id }

// Kill ends the domain at once, as "xl destroy" does. It gives back all that the
// domain held; its own handles fail from then on. Killing it again does nothing.
func (d *Domain) Kill() {
	d.host.mu.Lock()
	defer d.host.mu.Unlock()
	if d.dead {
		return
	}
	d.dead = true
	delete(d.host.domains, d.id)
	for _, f := range d.death {
		f()
	}
}
