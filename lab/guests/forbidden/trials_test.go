// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Trials: what the kernel of a test image does to itself, and what comes of it.
// Host; boots domains.

package forbidden

import (
	"testing"
	"time"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/lab/domtest"
)

// trialImage builds the guest trials with the tag that puts trials into the
// kernel. No other image has it.
func trialImage(t *testing.T) string {
	t.Helper()
	return domtest.Image(t, "./lab/guests/trials", "GOFLAGS=-tags=domlettest")
}

// A trial is one of them, with the exit code it must end with and what the
// console, or Xen's own log after it, must then say, in this order. A mode in
// which there is nothing to try has no texts.
type trial struct {
	name string
	code int
	want map[string][]string // by mode
}

// xenDump begins what Xen logs of a PV domain that has no stack to take an
// exception on: Xen writes its frame where the stack pointer is.
func xenDump(stack string) []string {
	return []string{"crashed on cpu#", "CONTEXT: pv guest", "cr2: " + stack}
}

// kernelDump is what the kernel prints of an exception of its own.
var kernelDump = []string{"domlet: the kernel trapped\n", "vector e code 2 cr2 ", "\nrip ",
	"code addresses on the stack:\n", "recent events on vCPU 0, ns ago:\n", " call 2000"}

// nilDump is the same for a nil pointer: it names the function.
var nilDump = []string{"vector e code 2 cr2 0 ", "\nrip ", "/rt/kernel.trialCall+0x", "code addresses on the stack:\n",
	"/rt/kernel.door+0x", "recent events on vCPU 0, ns ago:\n", " call 2000"}

// walked is what a walk through the page tables prints that finds the one mistake
// that was made for it.
var walked = []string{"walked ", "page 400000 may be written\n", "walked ", "ok walk\n"}

// resumed is what a domain prints whose timers, events and console work after
// all of it was torn down and set up again.
var resumed = []string{"the console works\n", "ok resume\n"}

// writeFault is Go's own text of a write to what can only be read, in the direct
// map.
var writeFault = []string{"unexpected fault address 0xffff88", "fatal error: fault\n",
	"[signal SIGSEGV: segmentation violation code=0x2 addr=0xffff88", "main.writeWord("}

func trials() []trial {
	return []trial{
		{"stack", 2, map[string][]string{"pv": xenDump("ffff89000"), "pvh": kernelDump}},
		{"faultstack", 2, map[string][]string{"pv": xenDump("ffff89000"), "pvh": kernelDump}},
		{"trapstack", 2, map[string][]string{"pvh": kernelDump}},
		{"nmistack", 2, map[string][]string{"pvh": kernelDump}},
		{"doublestack", 2, map[string][]string{"pvh": kernelDump}},
		{"nil", 2, map[string][]string{"pv": nilDump, "pvh": nilDump}},
		{"frame", 0, map[string][]string{"pv": {"ok frame\n"}, "pvh": {"ok frame\n"}}},
		{"resume", 0, map[string][]string{"pv": resumed, "pvh": resumed}},
		{"writetable", 2, map[string][]string{"pv": writeFault, "pvh": writeFault}},
		{"writegate", 2, map[string][]string{"pvh": writeFault}},
		{"walk", 0, map[string][]string{"pv": walked, "pvh": walked}},
	}
}

// TestTrials boots a domain for each trial.
func TestTrials(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		for _, trial := range trials() {
			if trial.want[mode] == nil {
				continue
			}
			t.Run(trial.name, func(t *testing.T) {
				t.Parallel()
				trial.boot(t, mode)
			})
		}
	})
}

func (tr trial) boot(t *testing.T, mode string) {
	file := trialImage(t)
	defer domtest.Slot()()
	r := domtest.Run(t, 5*time.Minute, domtest.Mkimage(t), "run", "-type", mode, "-memory", "16", file, "--", tr.name)
	r.Stdout += r.Stderr
	domtest.Check(t, domtest.Guest{Code: tr.code, Want: append([]string{"trying " + tr.name + "\n"}, tr.want[mode]...)}, r)
}

// TestNoTrials looks for trials in an image for use.
func TestNoTrials(t *testing.T) {
	if !hasTrials(t, trialImage(t)) {
		t.Error("the test image has no trials: this test would find nothing")
	}
	if hasTrials(t, domtest.Image(t, "./examples/hello")) {
		t.Error("an image for use has trials")
	}
}

// hasTrials reports whether an image has a function of the kernel's trials.
func hasTrials(t *testing.T, file string) bool {
	t.Helper()
	_, found := testkit.Symbols(t, testkit.ELF(t, file))["github.com/domlet/domlet/rt/kernel.overrun.abi0"]
	return found
}
