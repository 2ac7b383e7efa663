// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What an administrator asks of a domain, and what a program asks of its process.
// Host; boots domains.

package outside

import (
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

const signalsPackage = "./lab/guests/signals"

// TestOnLinux runs what is no different there as plain programs.
func TestOnLinux(t *testing.T) { domtest.OnLinux(t, signalGuests()) }

// TestSignals boots them.
func TestSignals(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) { domtest.BootAll(t, mode, signalGuests()) })
}

// signalGuests are the domains whose program sends itself signals.
func signalGuests() []domtest.Guest {
	self := domtest.Cases("signals", signalsPackage, 32, "notify", "ignore", "context", "many", "thread")
	two := domtest.OnXen(self)
	two.Name, two.VCPUs, two.LongAs = "signals-2-vcpus", 2, "pvh"
	asked := domtest.OnXen(domtest.Cases("process", signalsPackage, 32, "process", "debug"))
	return append([]domtest.Guest{self, two, asked}, deaths()...)
}

// deaths are domains that end by a signal: with a shell's code, with Go's, or as
// a crash.
func deaths() (all []domtest.Guest) {
	for name, code := range map[string]int{"TERM": 143, "KILL": 137, "HUP": 129, "QUIT": 2, "ABRT": 2} {
		g := domtest.Guest{Name: "die-" + name, Pkg: signalsPackage, Args: []string{"die=" + name}, Memory: 16, Code: code, XenOnly: true}
		switch name {
		case "QUIT":
			g.Want = []string{"SIGQUIT: quit\n", "goroutine 1 ", "main.die("}
		case "HUP":
			g.LongAs = "pvh"
		}
		all = append(all, g)
	}
	return all
}

// xl runs an xl command in dom0.
func xl(t *testing.T, words ...string) {
	t.Helper()
	domtest.Dom0(t, append([]string{"xl"}, words...)...)
}

// A program without a handler ends at once at xl shutdown, whatever it does at the
// moment, with the code of a process that SIGTERM ended.
func TestShutdown(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		var all []*domtest.Speaker
		for _, how := range []string{"asleep", "parked", "store"} {
			all = append(all, domtest.Domain(t, mode, signalsPackage, "wait="+how))
		}
		endAtOnce(t, all...)
		endAtOnce(t, domtest.Domain(t, mode, signalsPackage, "wait=busy")) // alone: it leaves others little of the lab
	})
}

// endAtOnce asks domains to shut down, and waits for their end.
func endAtOnce(t *testing.T, all ...*domtest.Speaker) {
	t.Helper()
	for _, d := range all {
		d.Expect("ready\n", 1, 2*time.Minute)
		xl(t, "shutdown", d.Name)
	}
	for _, d := range all {
		d.Code(143)
	}
}

// A program with a handler ends as it likes.
func TestShutdownHandled(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		d := domtest.Domain(t, mode, signalsPackage, "tidy")
		d.Expect("ready\n", 1, 2*time.Minute)
		xl(t, "shutdown", d.Name)
		if out := d.Succeed(); !strings.HasSuffix(out, "tidied up\nok tidy\n") {
			t.Errorf("it printed %q", out)
		}
		d = domtest.Domain(t, mode, signalsPackage, "stubborn")
		d.Expect("ready\n", 1, 2*time.Minute)
		xl(t, "shutdown", d.Name)
		d.Expect("not yet\n", 1, 2*time.Minute)
		xl(t, "shutdown", d.Name)
		d.Succeed()
	})
}

// xl reboot is a shutdown for which xl starts the domain again.
func TestReboot(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		d := domtest.Domain(t, mode, signalsPackage, "tidy")
		d.Expect("ready\n", 1, 2*time.Minute)
		xl(t, "reboot", d.Name)
		if out := d.Succeed(); !strings.HasSuffix(out, "ok tidy\n") {
			t.Errorf("it printed %q", out)
		}
	})
}

// xl sysrq prints all goroutines, and the program goes on; its other key crashes
// the domain.
func TestSysrq(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		for _, word := range []string{"alive", "stubborn"} {
			d := domtest.Domain(t, mode, signalsPackage, word)
			d.Expect("ready\n", 1, 2*time.Minute)
			xl(t, "sysrq", d.Name, "t")
			d.Expect("goroutine 1 [", 1, 2*time.Minute)
			d.Expect("main."+word+"(", 1, 2*time.Minute)
			if word == "alive" {
				d.Expect("main.parkedHere(", 1, 2*time.Minute)
				text := d.Said()
				d.Expect("alive\n", strings.Count(text, "alive\n")+3, 2*time.Minute)
			}
			xl(t, "sysrq", d.Name, "h")
			d.Expect("t prints all goroutines\n", 1, 2*time.Minute)
			xl(t, "sysrq", d.Name, "c")
			d.Code(2)
		}
	})
}

// A host's name is the domain's.
func TestHostname(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		d := domtest.Domain(t, mode, signalsPackage, "host")
		if out := d.Succeed(); !strings.HasPrefix(out, "host="+d.Name+"\n") {
			t.Errorf("domain %s printed %q", d.Name, out)
		}
	})
}

// What the domain offers is in xenstore.
func TestControlNodes(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		d := domtest.Domain(t, mode, signalsPackage, "tidy")
		d.Expect("ready\n", 1, 2*time.Minute)
		base := "/local/domain/" + d.Number() + "/control/"
		for node, want := range map[string]string{"feature-poweroff": "1\n", "feature-reboot": "1\n", "feature-suspend": "\n"} {
			if got := domtest.Dom0(t, "xenstore-read", base+node); got != want {
				t.Errorf("%s is %q, want %q", node, got, want)
			}
		}
		xl(t, "shutdown", d.Name)
		d.Succeed()
	})
}
