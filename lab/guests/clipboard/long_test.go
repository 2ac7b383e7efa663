// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What takes minutes: hostile clients for ten minutes, round trips. Host; boots domains.

package clipboard

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/services/clipboard"
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

// TestNothingStays copies and pastes many times over, as much as fits, and looks after
// each paste for sixteen bytes of it in all memory of the clipboard's domain: as many
// as a vector register has, should one have been saved while it was used to copy.
func TestNothingStays(t *testing.T) {
	domtest.NeedLong(t)
	domtest.InModes(t, nothingStays)
}

func nothingStays(t *testing.T, mode string) {
	h := open(t, mode)
	for n := range 20 {
		text := marker()[:16]
		h.inDom0(text, "copy").Succeed()
		h.traces(fmt.Sprint("after copy ", n), text, 1)
		h.inDom0("", "paste").Succeed()
		large := strings.Repeat(text, clipboard.DefaultLimit/len(text))
		h.inDom0(large, "copy").Succeed()
		if got := h.inDom0("", "paste").Succeed(); got != large {
			t.Errorf("pasted %d bytes, want %d", len(got), len(large))
		}
		h.traces(fmt.Sprint("after paste ", n), text, 0)
	}
}

// TestRoundTrips measures pastes of 64 bytes, and of as many as a domain may copy, by
// a process in dom0, in the lab whose clock counts instructions.
func TestRoundTrips(t *testing.T) {
	domtest.NeedLong(t)
	l := domtest.Repeatable(t)
	program, ctl := domtest.Keep(t, l, domtest.Program(t, "./lab/guests/clipboard/rounds")), domtest.Keep(t, l, domtest.Program(t, "./cmd/domlet-ctl"))
	rules := "/tmp/" + domtest.Unique()
	if _, err := l.Output(t.Context(), "sh", "-c", `mkdir "$1" && echo "clipboard.Paste * dom0 dom0 allow" >"$1/30-test.policy"`, "sh", rules); err != nil {
		t.Fatal(err)
	}
	domtest.InModes(t, func(t *testing.T, mode string) {
		name := domtest.Unique()
		d := domtest.DomainOf(t, l, mode, name, []string{"--files=" + rules + ":/etc/domlet/policy.d"}, servicePackage)
		d.Expect("clipboard: ready", 1, patience)
		if _, err := l.Output(t.Context(), ctl, "attach", "-as", "clipboard", "dom0", name); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if _, err := l.Output(context.Background(), ctl, "detach", "dom0", name); err != nil {
				t.Error(err)
			}
		}()
		d.Expect("dom0: is served", 1, patience)
		for _, size := range []int{64, clipboard.DefaultLimit} {
			out := domtest.Process(t, l.Remote, nil, program, domtest.Number(t, l.Remote, name, nil), fmt.Sprint(size), "200").Succeed()
			t.Logf("%d bytes: %s", size, strings.TrimSpace(out))
		}
		d.Stop()
	})
}
