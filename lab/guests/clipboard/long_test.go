// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What takes minutes: hostile clients for ten minutes, round trips. Host; boots domains.

package clipboard

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/lab/labtest"
)

// TestChaosInDomain runs the clipboard's own test of hostile clients in a domain, for
// ten minutes.
func TestChaosInDomain(t *testing.T) {
	domtest.NeedLong(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		r := domtest.Run(t, 40*time.Minute, domtest.Mkimage(t), "test", "-type", mode, "-memory", "512", "-timeout", "30m", "-count=1", "-v",
			"-run", "^TestChaos$", "./services/clipboard", "--", "-chaos", "10m")
		if r.Code != 0 || !strings.Contains(r.Stdout, "--- PASS: TestChaos") {
			t.Fatalf("code %d\n%s", r.Code, r.Tail())
		}
		t.Log(r.Tail())
	})
}

// TestRoundTrips measures pastes of 64 bytes, and of as many as a domain may copy, by
// a process in dom0.
func TestRoundTrips(t *testing.T) {
	domtest.NeedLong(t)
	program := domtest.InDom0(t, "./lab/guests/clipboard/rounds")
	domtest.InModes(t, func(t *testing.T, mode string) {
		h := open(t, mode)
		h.inDom0("", "status").Succeed() // dom0 is attached
		for _, size := range []int{64, 64000} {
			out := domtest.Process(t, labtest.Need(t).Remote, nil, program, h.domain.Number(), fmt.Sprint(size), "200").Succeed()
			t.Logf("%d bytes: %s", size, strings.TrimSpace(out))
		}
	})
}
