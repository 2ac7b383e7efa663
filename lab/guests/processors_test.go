// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The domains with several vCPUs. Host; boots domains.

package guests

import (
	"fmt"
	"slices"
	"testing"

	"github.com/domlet/domlet/lab/labtest"
)

// storms are the cases that keep all processors busy with each other.
var storms = []string{
	"atomicstorm", "channelstorm", "collectorstorm", "sleepstorm", "wakestorm", "loopstorm", "shootdown",
}

// onVCPUs makes a guest with n vCPUs that runs the storms, each for a time.
func onVCPUs(name string, n int, each string) guest {
	words := []string{fmt.Sprintf("processors=%d", n)}
	for _, storm := range storms {
		words = append(words, storm+"="+each)
	}
	g := onXen(cases(name, 64, words...))
	g.vcpus = n
	return g
}

// processors lists them. The lab has one processor, so these vCPUs take turns at
// any instruction.
func processors() []guest {
	everything := onXen(cases("everything-on-2-vcpus", 128, semanticsWords("timers", "clock")...))
	everything.vcpus, everything.longAs = 2, "pvh"
	idle := onXen(cases("idle-vcpus", 16, "idle=5"))
	idle.vcpus, idle.longAs = 4, "pvh"
	// Xen weighs vCPUs, not domains: dom0 has one of 33 shares meanwhile. So not for
	// long.
	many := onXen(cases("32-vcpus", 64, "processors=32", "atomicstorm=300ms", "wakestorm=300ms"))
	many.vcpus, many.longAs = 32, "pvh"
	return []guest{
		everything, idle,
		onVCPUs("4-vcpus", 4, "1s"),
		many,
		longRun(onVCPUs("2-vcpus-long", 2, "90s")),
		longRun(onVCPUs("4-vcpus-long", 4, "90s")),
		longRun(onVCPUs("32-vcpus-long", 32, "300ms")),
	}
}

// semanticsWords are the cases of all groups but idle, which only waits, and those
// named here.
func semanticsWords(without ...string) []string {
	var words []string
	for _, group := range groups() {
		if group.name != "idle" && !slices.Contains(without, group.name) {
			words = append(words, group.args...)
		}
	}
	return words
}

// TestScaling compares what a program computes on two vCPUs with what it computes
// on one, in a lab with two processors, of which dom0 wants its share of one. A
// long test: it compares times, which a machine that does something else makes
// meaningless. PV only: see errOneProcessor of mkimage.
func TestScaling(t *testing.T) {
	needLong(t)
	labtest.NeedSMP(t, 2)
	g := onXen(cases("scaling", 64, "processors=2", "scaling=3s"))
	g.vcpus, g.smp = 2, 2
	r := boot(t, g)
	check(t, g, r)
	percent := figure(t, r.stdout, "scaling_percent")
	t.Logf("two vCPUs compute %d %% of what one does", percent)
	if percent < 150 {
		t.Errorf("two vCPUs compute %d %% of what one does, want at least 150", percent)
	}
}
