// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What memory is used for at main. Host; boots domains.

package guests

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

// usageLine is a line of the table that mkimage run -meminfo has the kernel print.
var usageLine = regexp.MustCompile(`(?m)^  ([a-z][A-Za-z, ]*[a-zA-Z]) +(\d+)$`)

// TestMemInfo reads the table for hello, in 8 MiB. The kernel counts each kind on
// its own; what it cannot name must be a handful of pages.
func TestMemInfo(t *testing.T) {
	domtest.NeedLab(t)
	file := domtest.Image(t, "./examples/hello")
	domtest.InModes(t, func(t *testing.T, mode string) {
		r := domtest.Run(t, 5*time.Minute, domtest.Mkimage(t), "run", "-type", mode, "-memory", "8", "-meminfo", file)
		pages, sum := map[string]int{}, 0
		for _, m := range usageLine.FindAllStringSubmatch(r.Stdout, -1) {
			pages[m[1]], _ = strconv.Atoi(m[2])
			sum += pages[m[1]]
		}
		t.Logf("%s:\n%s", mode, r.Stdout)
		all := pages["all"]
		switch {
		case all < 1900 || all > 2048 || sum != 2*all:
			t.Errorf("the parts add up to %d pages of %d, in a domain of 8 MiB", sum-all, all)
		case pages["events, grants"] > 4 || pages["from the builder"] > 16:
			t.Errorf("too many pages that nobody accounts for: %v", pages)
		case pages["code"] == 0 || pages["heap, stacks, Go runtime"] == 0 || pages["free"] < all/2:
			t.Errorf("these cannot be the pages of hello: %v", pages)
		}
	})
}
