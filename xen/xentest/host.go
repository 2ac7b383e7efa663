// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The host and its domains: what every kind of shared thing hangs on. Host; any
// goroutine.

package xentest

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/xentest/xenstored"
)

// Host is one machine: a set of domains, and the faults between them.
type Host struct {
	tb testing.TB

	mu      sync.Mutex // covers everything below and the state of every domain
	random  *rand.Rand
	faults  Faults
	domains map[abi.Domid_t]*Domain
	frames  uint64 // the last frame number given out

	xenstored *xenstored.Daemon // has a lock of its own, taken after mu
}

// Domain is one domain of a host. Its methods may be called by any goroutine.
type Domain struct {
	host *Host
	id   abi.Domid_t

	// Covered by host.mu.
	dead  bool
	death []func() // what Kill does first, in one step: with host.mu held
	after []func() // what Kill does then, without: end the domain's own calls
	ports ports

	grants *grants
	store  *store.Client
}

// Faults say what goes wrong: each number is a chance from 0 to 1. The zero
// Faults has a host without faults.
type Faults struct {
	DropEvent   float64       // an event is not delivered; Xen never does this
	RepeatEvent float64       // it is delivered twice
	DelayEvent  float64       // it is delivered late
	MaxDelay    time.Duration // how late at most

	MapFails float64 // Xen has no room for a mapping
	Wipe     float64 // a killed domain's pages, where peers still map them, become zeros
}

// New returns a host without domains. All that it does at random comes from the
// seed, which is logged if the test fails.
func New(tb testing.TB, seed uint64) *Host {
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("xentest: the host's seed was %d", seed)
		}
	})
	return &Host{tb: tb, random: rand.New(rand.NewPCG(seed, 0)), domains: map[abi.Domid_t]*Domain{}, xenstored: xenstored.New()}
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
	d.initPorts()
	d.initStore()
	h.domains[id] = d
	return d
}

// chance reports whether something with that probability happens. Locked.
func (h *Host) chance(p float64) bool { return p > 0 && h.random.Float64() < p }

// ID returns the domain's number.
func (d *Domain) ID() abi.Domid_t { return d.id }

// Platform returns the domain's interfaces, with the system's clock.
func (d *Domain) Platform() *platform.Platform {
	return &platform.Platform{Events: d.Events(), Grants: d.Grants(), Store: d.Store(), Clock: clock.System{}}
}

// Kill ends the domain at once, as "xl destroy" does. It gives back all that the
// domain held, and its own calls fail from then on, those under way too. Killing
// it again does nothing.
func (d *Domain) Kill() {
	if !d.die() {
		return
	}
	for _, f := range d.after {
		f()
	}
}

// die does what is one step of a kill, unless it was done before.
func (d *Domain) die() bool {
	d.host.mu.Lock()
	defer d.host.mu.Unlock()
	if d.dead {
		return false
	}
	d.dead = true
	delete(d.host.domains, d.id)
	for _, f := range d.death {
		f()
	}
	return true
}
