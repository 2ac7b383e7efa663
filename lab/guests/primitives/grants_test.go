// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Granted memory: what every backend must do, in domains and in dom0. Host;
// boots domains.

package primitives

import (
	"fmt"
	"testing"

	"github.com/domlet/domlet/lab/labtest"
	"github.com/domlet/domlet/xen/xentest/granttest"

	"github.com/domlet/domlet/lab/domtest"
)

const grantsProgram = "./lab/guests/grants"

// grantTables are domains that grant memory to themselves. A PVH domain cannot
// map what it granted to itself: Xen would move the page, not show it twice.
func grantTables(mode string) []domtest.Guest {
	scattered := grantGuest("grants-scattered", "scattered=512")
	scattered.Memory = 24
	if mode == "pvh" {
		return []domtest.Guest{littleToGrant("full=2"), scattered}
	}
	v2 := grantGuest("grants-v2", "all")
	v2.Params = []string{"grant=v2"}
	both := grantGuest("grants-2-vcpus", "all")
	both.VCPUs = 2
	storm := domtest.LongRun(grantGuest("grants-storm-long", "storm=10000"))
	storm.VCPUs = 2
	return []domtest.Guest{grantGuest("grants", "all", "zeros=40"), v2, both, littleToGrant("full=2", "maps=100"), scattered, storm,
		wrong("grants-wrong", "grant=v3", "grant= takes auto, v1 or v2\n")}
}

// littleToGrant runs cases in a domain that may have little.
func littleToGrant(words ...string) domtest.Guest {
	g := grantGuest("grants-limits", words...)
	g.Limits = []string{"max_grant_frames=2", "max_maptrack_frames=1"}
	return g
}

// grantGuest runs what the words name.
func grantGuest(name string, words ...string) domtest.Guest {
	g := domtest.Guest{Name: name, Pkg: grantsProgram, Args: words, Memory: 32, XenOnly: true}
	for _, word := range words {
		if word == "all" {
			g.Want = append(g.Want, everyGrantCase()...)
		} else {
			g.Want = append(g.Want, "ok "+word)
		}
	}
	return g
}

func everyGrantCase() []string {
	var want []string
	for _, c := range granttest.Cases() {
		want = append(want, "ok "+c.Name+"=")
	}
	return want
}

// TestGrantsInDom0 runs the same on Linux's devices.
func TestGrantsInDom0(t *testing.T) {
	domtest.NeedLab(t)
	remote := domtest.InDom0(t, grantsProgram)
	words := []string{"all"}
	if domtest.LongClass() {
		words = append(words, "storm=10000")
	}
	domtest.Check(t, domtest.Guest{Want: everyGrantCase()}, domtest.Result{Stdout: domtest.Dom0(t, append([]string{remote}, words...)...)})
}

// TestMappingUnderSignals: a process in dom0 maps while signals come, as Go's runtime sends
// itself some: Linux gives up the first mapping of a process for any.
func TestMappingUnderSignals(t *testing.T) {
	domtest.NeedLab(t)
	domtest.Dom0(t, domtest.InDom0(t, grantsProgram), "alarmed=30")
}

// TestGrantsOfTheKilled kills processes in dom0 that share ten pages each with a domain,
// in both roles, while goroutines on both sides are in the pages and the domain closes
// them. Nothing is left over after any of them, nor when all are dead.
func TestGrantsOfTheKilled(t *testing.T) {
	domtest.NeedLab(t)
	kills := 10
	if domtest.LongClass() {
		kills = 1000
	}
	remote := domtest.InDom0(t, grantsProgram)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		before := held(t, "0")
		d := domtest.Domain(t, mode, grantsProgram, "survive", fmt.Sprint(kills))
		domtest.Process(t, labtest.Need(t).Remote, nil, remote, "kill", d.Number()).Succeed()
		domtest.Check(t, domtest.Guest{Want: []string{fmt.Sprintf("ok survive=%d", kills)}}, domtest.Result{Stdout: d.Succeed()})
		mustHold(t, "0", before)
	})
}
