// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The domains of the table, and the same programs on Linux. Host; boots domains.

package guests

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

// TestOnLinux runs the guests that claim nothing about Xen as plain programs.
func TestOnLinux(t *testing.T) { domtest.OnLinux(t, table("pv")) }

// TestGuests boots every domain of the table, in each mode.
func TestGuests(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) { domtest.BootAll(t, mode, table(mode)) })
}

// TestEachCase gives every case of the groups a fresh domain of its own, in each
// mode.
func TestEachCase(t *testing.T) {
	domtest.NeedLong(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		for _, group := range groups() {
			domtest.BootAll(t, mode, split(group))
		}
	})
}

// split makes a guest of each case of a group.
func split(g domtest.Guest) []domtest.Guest {
	var all []domtest.Guest
	for i, word := range g.Args {
		one := g
		one.Name, one.Args, one.Want = word, []string{word}, []string{g.Want[i]}
		all = append(all, one)
	}
	return all
}

// TestOtherRelease boots hello, and the cases of all groups in one domain, with
// the other Go release that is supported. What a release changes is the same in
// both modes, so the cases run as PVH in long runs only.
func TestOtherRelease(t *testing.T) {
	domtest.NeedLab(t)
	all := []domtest.Guest{programs()[0], cases("semantics", 64, semanticsWords()...)}
	for i := range all {
		all[i].Toolchain, all[i].Within = otherRelease, 5*time.Minute
	}
	domtest.InModes(t, func(t *testing.T, mode string) {
		all[1].Long = mode == "pvh"
		domtest.BootAll(t, mode, slices.Clone(all))
	})
}

// TestTableIsWhole finds cases that no domain runs.
func TestTableIsWhole(t *testing.T) {
	// What these print is compared with something outside the domain.
	used := []string{"sleep50", "printclock", "random", "flood", "ticker", "lines", "scaling"}
	for _, g := range table("pv") {
		for _, word := range g.Args {
			name, _, _ := strings.Cut(word, "=")
			used = append(used, name)
		}
	}
	r := domtest.Run(t, 5*time.Minute, domtest.Program(t, semantics), "list")
	for name := range strings.Lines(strings.TrimSuffix(r.Stdout, "ok list\n")) {
		if name = strings.TrimSpace(name); !slices.Contains(used, name) {
			t.Errorf("no guest in the table runs the case %s", name)
		}
	}
}
