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
	full := grantGuest("grants-full", "full=2")
	full.limits = []string{"max_grant_frames=2"}
	scattered := grantGuest("grants-scattered", "scattered=512")
	scattered.memory = 24
	if mode == "pvh" {
		return []guest{full, scattered}
	}
	v2 := grantGuest("grants-v2", "all")
	v2.params = []string{"grant=v2"}
	both := grantGuest("grants-2-vcpus", "all")
	both.vcpus = 2
	storm := longRun(grantGuest("grants-storm-long", "storm=10000"))
	storm.vcpus = 2
	return []guest{grantGuest("grants", "all"), v2, both, full, scattered, storm}
}

// grantGuest runs the cases that word names.
func grantGuest(name, word string) guest {
	g := guest{name: name, pkg: grantsProgram, args: []string{word}, memory: 32, xenOnly: true}
	g.want = []string{"ok " + word}
	if word == "all" {
		g.want = everyGrantCase()
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
