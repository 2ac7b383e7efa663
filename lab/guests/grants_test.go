// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Granted memory: what every backend must do, in domains and in dom0. Host;
// boots domains.

package guests

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/domlet/domlet/xen/xentest/granttest"
)

const grantsProgram = "./lab/guests/grants"

// grantTables are domains that grant memory to themselves. A PVH domain cannot
// map what it granted to itself: Xen would move the page, not show it twice.
func grantTables(mode string) []guest {
	scattered := grantGuest("grants-scattered", "scattered=512")
	scattered.memory = 24
	if mode == "pvh" {
		return []guest{littleToGrant("full=2"), scattered}
	}
	v2 := grantGuest("grants-v2", "all")
	v2.params = []string{"grant=v2"}
	both := grantGuest("grants-2-vcpus", "all")
	both.vcpus = 2
	storm := longRun(grantGuest("grants-storm-long", "storm=10000"))
	storm.vcpus = 2
	return []guest{grantGuest("grants", "all", "zeros=40"), v2, both, littleToGrant("full=2", "maps=100"), scattered, storm}
}

// littleToGrant runs cases in a domain that may have little.
func littleToGrant(words ...string) guest {
	g := grantGuest("grants-limits", words...)
	g.limits = []string{"max_grant_frames=2", "max_maptrack_frames=1"}
	return g
}

// grantGuest runs what the words name.
func grantGuest(name string, words ...string) guest {
	g := guest{name: name, pkg: grantsProgram, args: words, memory: 32, xenOnly: true}
	for _, word := range words {
		if word == "all" {
			g.want = append(g.want, everyGrantCase()...)
		} else {
			g.want = append(g.want, "ok "+word)
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
	needLab(t)
	remote := "/tmp/grants-" + filepath.Base(scratch)
	if r := run(t, time.Minute, mkimage(t), "lab", "cp", program(t, grantsProgram), "dom0:"+remote); r.code != 0 {
		t.Fatal(r.tail())
	}
	defer dom0(t, "rm", "-f", remote)
	words := []string{"all"}
	if longClass() {
		words = append(words, "storm=10000")
	}
	check(t, guest{want: everyGrantCase()}, result{stdout: dom0(t, append([]string{remote}, words...)...)})
}
