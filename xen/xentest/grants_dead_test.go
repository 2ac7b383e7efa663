// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Grants in memory between domains of which one dies. Host; meant for the race
// detector.

package xentest

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/xentest/granttest"
)

// TestGranterDies: what it granted stays readable, unchanged or all zeros.
func TestGranterDies(t *testing.T) {
	for _, wipe := range []float64{0, 1} {
		h := New(t, 1)
		h.SetFaults(Faults{Wipe: wipe})
		a, b := h.Domain(1), h.Domain(2)
		s := share(t, a, 2, 1)
		m := mapped(t, b, 1, s.Refs())
		s.Memory().Store32(0, 7)
		a.Kill()
		s.Memory().Store32(0, 8)
		want := uint32(7 * (1 - wipe))
		if got := m.Memory().Load32(0); got != want {
			t.Errorf("after the granter's death: %d, not %d", got, want)
		}
		if _, err := a.Grants().Share(2, 1, false); !errors.Is(err, os.ErrClosed) {
			t.Errorf("a dead domain shares: %v", err)
		}
		if _, err := b.Grants().Map(1, s.Refs(), false); err == nil {
			t.Error("a dead domain's page was mapped")
		}
		closed(t, m)
		inUse(t, b, 0, 0, 0)
	}
}

// TestMapperDies: its mappings end with it, and its goroutines' writes with them.
func TestMapperDies(t *testing.T) {
	bothVersions(t, GrantConfig{}, func(t *testing.T, h *Host, a, b *Domain) {
		s := share(t, a, 2, 2)
		m := mapped(t, b, 1, s.Refs())
		closed(t, s)
		inUse(t, a, 0, 2, 0)
		b.Kill()
		m.Memory().Store32(0, 1)
		inUse(t, a, 0, 0, 0)
	})
}

// TestKillStorm: many goroutines are in the memory on both sides while both sides
// close and either domain is killed. Nothing faults or races, and the survivor
// has all its pages back.
func TestKillStorm(t *testing.T) {
	rounds := 500
	if os.Getenv("DOMLET_LAB") == "long" {
		rounds = 10_000
	}
	h := New(t, uint64(testkit.Seed(t)))
	h.SetFaults(Faults{Wipe: 0.5})
	for i := range rounds {
		a, b := h.Domain(abi.Domid_t(2*i+1)), h.Domain(abi.Domid_t(2*i+2))
		victim, survivor := a, b
		if i%2 == 0 {
			victim, survivor = b, a
		}
		s := share(t, a, b.ID(), 1)
		m := mapped(t, b, a.ID(), s.Refs())
		granttest.Fill(s.Memory(), 7)
		var all sync.WaitGroup
		for side, end := range []struct {
			mem   *grant.Memory
			close func() error
		}{{s.Memory(), s.Close}, {m.Memory(), m.Close}} {
			all.Go(func() {
				err := granttest.Storm(end.mem, uint32(side), 7, end.close)
				if err != nil && !errors.Is(err, os.ErrClosed) {
					t.Error(err)
				}
			})
		}
		all.Go(victim.Kill)
		all.Wait()
		for deadline := time.Now().Add(2 * time.Minute); ; runtime.Gosched() {
			if s := survivor.Grants().Stats(); s.Shared+s.Deferred+s.Mapped == 0 {
				break
			} else if time.Now().After(deadline) {
				t.Fatalf("round %d: left over: %+v", i, s)
			}
		}
		survivor.Kill()
	}
}
