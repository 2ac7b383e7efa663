// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The domains with several vCPUs. Host; boots domains.

package guests

import (
	"fmt"
	"slices"
	"testing"

	"github.com/domlet/domlet/lab/labtest"

	"github.com/domlet/domlet/lab/domtest"
)

// storms are the cases that keep all processors busy with each other.
var storms = []string{
	"atomicstorm", "channelstorm", "collectorstorm", "sleepstorm", "wakestorm", "loopstorm", "shootdown",
}

// onVCPUs makes a guest with n vCPUs that runs the storms, each for a time.
func onVCPUs(name string, n int, each string) domtest.Guest {
	words := []string{fmt.Sprintf("processors=%d", n)}
	for _, storm := range storms {
		words = append(words, storm+"="+each)
	}
	g := domtest.OnXen(cases(name, 64, words...))
	g.VCPUs = n
	return g
}

// processors lists them. The lab has one processor, so these vCPUs take turns at
// any instruction.
func processors() []domtest.Guest {
	everything := domtest.OnXen(cases("everything-on-2-vcpus", 128, semanticsWords("timers", "clock")...))
	everything.VCPUs, everything.LongAs = 2, "pvh"
	idle := domtest.OnXen(cases("idle-vcpus", 16, "idle=5"))
	idle.VCPUs, idle.LongAs = 4, "pvh"
	// Xen weighs vCPUs, not domains: dom0 has one of 33 shares meanwhile. So not for
	// long.
	many := domtest.OnXen(cases("32-vcpus", 64, "processors=32", "atomicstorm=300ms", "wakestorm=300ms"))
	many.VCPUs, many.LongAs = 32, "pvh"
	return []domtest.Guest{
		everything, idle,
		onVCPUs("4-vcpus", 4, "1s"),
		many,
		domtest.LongRun(onVCPUs("2-vcpus-long", 2, "90s")),
		domtest.LongRun(onVCPUs("4-vcpus-long", 4, "90s")),
		domtest.LongRun(onVCPUs("32-vcpus-long", 32, "300ms")),
	}
}

// semanticsWords are the cases of all groups but idle, which only waits, and those
// named here.
func semanticsWords(without ...string) []string {
	var words []string
	for _, group := range groups() {
		if group.Name != "idle" && !slices.Contains(without, group.Name) {
			words = append(words, group.Args...)
		}
	}
	return words
}

// TestScaling compares what a program computes on two vCPUs with what it computes
// on one, in a lab with two processors, of which dom0 wants its share of one. A
// long test: it compares times, which a machine that does something else makes
// meaningless. PV only: see errOneProcessor of mkimage.
func TestScaling(t *testing.T) {
	domtest.NeedLong(t)
	labtest.NeedSMP(t, 2)
	g := domtest.OnXen(cases("scaling", 64, "processors=2", "scaling=3s"))
	g.VCPUs, g.SMP = 2, 2
	r := domtest.Boot(t, g)
	domtest.Check(t, g, r)
	percent := domtest.Figure(t, r.Stdout, "scaling_percent")
	t.Logf("two vCPUs compute %d %% of what one does", percent)
	if percent < 150 {
		t.Errorf("two vCPUs compute %d %% of what one does, want at least 150", percent)
	}
}
