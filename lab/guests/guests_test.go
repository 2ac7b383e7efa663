// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The domains of the table, and the same programs on Linux. Host; boots domains.

package guests

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestOnLinux runs the guests that claim nothing about Xen as plain programs.
func TestOnLinux(t *testing.T) {
	for _, g := range table("pv") {
		if g.xenOnly || g.long {
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			r := run(t, g.limit(), program(t, g.pkg), g.args...)
			// Linux keeps standard error apart; a domain has one console.
			r.stdout += r.stderr
			check(t, g, r)
		})
	}
}

// TestGuests boots every domain of the table, in each mode.
func TestGuests(t *testing.T) {
	needLab(t)
	inModes(t, func(t *testing.T, mode string) { bootAll(t, mode, table(mode)) })
}

// bootAll boots guests in one mode, as many at a time as the lab bears.
func bootAll(t *testing.T, mode string, all []guest) {
	for _, g := range all {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			if g.long || g.longAs == mode {
				needLong(t)
			}
			check(t, g, boot(t, g.in(mode)))
		})
	}
}

// TestEachCase gives every case of the groups a fresh domain of its own, in each
// mode.
func TestEachCase(t *testing.T) {
	needLong(t)
	inModes(t, func(t *testing.T, mode string) {
		for _, group := range groups() {
			bootAll(t, mode, group.split())
		}
	})
}

// split makes a guest of each case of a group.
func (g guest) split() []guest {
	var all []guest
	for i, word := range g.args {
		one := g
		one.name, one.args, one.want = word, []string{word}, []string{g.want[i]}
		all = append(all, one)
	}
	return all
}

// TestOtherRelease boots hello, and the cases of all groups in one domain, with
// the other Go release that is supported. What a release changes is the same in
// both modes, so the cases run as PVH in long runs only.
func TestOtherRelease(t *testing.T) {
	needLab(t)
	all := []guest{programs()[0], cases("semantics", 64, semanticsWords()...)}
	for i := range all {
		all[i].toolchain, all[i].within = otherRelease, 5*time.Minute
	}
	inModes(t, func(t *testing.T, mode string) {
		all[1].long = mode == "pvh"
		bootAll(t, mode, slices.Clone(all))
	})
}

// TestTableIsWhole finds cases that no domain runs.
func TestTableIsWhole(t *testing.T) {
	// What these print is compared with something outside the domain.
	used := []string{"sleep50", "printclock", "random", "flood", "ticker", "lines", "scaling"}
	for _, g := range table("pv") {
		for _, word := range g.args {
			name, _, _ := strings.Cut(word, "=")
			used = append(used, name)
		}
	}
	r := run(t, time.Minute, program(t, semantics), "list")
	for name := range strings.Lines(strings.TrimSuffix(r.stdout, "ok list\n")) {
		if name = strings.TrimSpace(name); !slices.Contains(used, name) {
			t.Errorf("no guest in the table runs the case %s", name)
		}
	}
}

// check compares how a guest ended with what the table says.
func check(t *testing.T, g guest, r result) {
	t.Helper()
	if r.code != g.code {
		t.Errorf("ended with code %d, want %d", r.code, g.code)
	}
	rest := r.stdout
	for _, text := range g.want {
		_, after, found := strings.Cut(rest, text)
		if !found {
			t.Errorf("the console lacks %q, or has it out of order", text)
			break
		}
		rest = after
	}
	if t.Failed() {
		t.Logf("after %v:\n%s", r.took.Round(time.Millisecond), r.tail())
	}
}
