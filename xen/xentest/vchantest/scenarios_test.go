// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The scenarios in memory, with and without the faults that they must survive.
// Host.

package vchantest

import (
	"context"
	"testing"
	"time"

	"github.com/domlet/domlet/xen/xentest"
)

func TestScenarios(t *testing.T) {
	for name, faults := range map[string]xentest.Faults{
		"honest": {},
		"slow":   {RepeatEvent: 0.2, DelayEvent: 0.2, MaxDelay: time.Millisecond},
	} {
		for _, s := range Scenarios() {
			t.Run(name+"/"+s.Name, func(t *testing.T) { meet(t, s, faults) })
		}
	}
}

// meet runs a scenario between two domains, and between a domain and dom0.
func meet(t *testing.T, s xentest.Scenario, f xentest.Faults) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	h := xentest.New(t, 1)
	h.SetFaults(f)
	a, b, zero := h.Domain(1), h.Domain(2), h.Domain(0)
	for room, d := range map[string][2]*xentest.Domain{"two": {a, b}, "up": {a, zero}, "down": {zero, a}} {
		server, client := xentest.Meet(d[0], d[1], room)
		if err := s.Both(ctx, server, client); err != nil {
			t.Errorf("%s: %v", room, err)
		}
	}
	if a.Ports()+b.Ports()+zero.Ports() != 0 {
		t.Errorf("ports left over: %d, %d and %d", a.Ports(), b.Ports(), zero.Ports())
	}
}
