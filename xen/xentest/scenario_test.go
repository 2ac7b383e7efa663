// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The scenarios in memory, with and without the faults that they must survive.
// Host.

package xentest

import (
	"context"
	"testing"
	"time"
)

func TestEventScenarios(t *testing.T) {
	for _, s := range EventScenarios() {
		t.Run(s.Name, func(t *testing.T) {
			meet(t, s, Faults{})
		})
	}
}

func TestGrantScenarios(t *testing.T) {
	for _, s := range GrantScenarios() {
		t.Run(s.Name, func(t *testing.T) {
			meet(t, s, Faults{})
		})
	}
}

// Xen may well deliver late, and twice.
func TestLateAndRepeatedEvents(t *testing.T) {
	for _, s := range EventScenarios() {
		if s.Name == "exchange" || s.Name == "many" || s.Name == "storm" || s.Name == "churn" {
			t.Run(s.Name, func(t *testing.T) {
				meet(t, s, Faults{RepeatEvent: 0.2, DelayEvent: 0.2, MaxDelay: time.Millisecond})
			})
		}
	}
}

// meet runs a scenario between two domains and between a domain and itself.
func meet(t *testing.T, s Scenario, f Faults) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	h := New(t, 1)
	h.SetFaults(f)
	a, b := h.Domain(1), h.Domain(2)
	for room, peer := range map[string]*Domain{"two": b, "one": a} {
		server, client := Meet(a, peer, room)
		if err := s.Both(ctx, server, client); err != nil {
			t.Errorf("%s: %v", room, err)
		}
	}
	if a.Ports()+b.Ports() != 0 {
		t.Errorf("ports left over: %d and %d", a.Ports(), b.Ports())
	}
}
