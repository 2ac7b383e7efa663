// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Ends of vchans that are destroyed or killed, and what is left of them. Host;
// boots domains.

package primitives

import (
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/labtest"

	"github.com/domlet/domlet/lab/domtest"
)

// TestVchanDestroyed: xl destroy in mid-transfer; the process in dom0 at the other
// end notices within seconds.
func TestVchanDestroyed(t *testing.T) {
	domtest.NeedLab(t)
	peer := domtest.InDom0(t, vpeer)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		for _, role := range []string{"listen", "dial"} {
			j := job{role, "serve", "data/vchan/k/" + domtest.Unique(), 65536, 1}
			d := domtest.Domain(t, mode, vpeer, j.words("0")...)
			p := domtest.Process(t, labtest.Need(t).Remote, nil, append([]string{peer}, j.caller().words(d.Number())...)...)
			p.Expect("calling", 1, 2*time.Minute)
			destroy(t, d)
			mustNotice(t, p)
		}
	})
}

// TestVchanDestroyedDomain: the same between two domains.
func TestVchanDestroyedDomain(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		j := job{"listen", "serve", "data/vchan/k/" + domtest.Unique(), 65536, 1}
		a, b := pairOf(t, mode, j.words("-"), j.caller().words("-"))
		b.Expect("calling", 1, 2*time.Minute)
		destroy(t, a)
		mustNotice(t, b)
	})
}

// caller is the end that sends to a job that serves, for ever.
func (j job) caller() job {
	j = j.counterpart()
	j.mode, j.count = "call", 1<<40
	return j
}

// destroy ends a domain without a word.
func destroy(t *testing.T, d *domtest.Speaker) {
	t.Helper()
	if _, err := labtest.Need(t).Output(t.Context(), "xl", "destroy", d.Name); err != nil {
		t.Fatal(err)
	}
}

// mustNotice wants a vpeer that calls to end because its partner is gone.
func mustNotice(t *testing.T, s *domtest.Speaker) {
	t.Helper()
	begin := time.Now()
	s.End(2 * time.Minute)
	if !strings.Contains(s.Said(), "closed the connection or is gone") {
		t.Errorf("%s ended for another reason", s.Name)
	}
	t.Logf("noticed after %v", time.Since(begin).Round(10*time.Millisecond))
}

// TestVchanKilled kills the process at the other end of a domain's connection again
// and again, while data move. Nothing is left over in the domain, or in dom0.
func TestVchanKilled(t *testing.T) {
	domtest.NeedLab(t)
	kills := 10 // in each role
	if domtest.LongClass() {
		kills = 100
	}
	peer := domtest.InDom0(t, vpeer)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		for _, role := range []string{"listen", "dial"} {
			t.Run(role, func(t *testing.T) { killed(t, mode, peer, role, kills) })
		}
	})
}

func killed(t *testing.T, mode, peer, role string, kills int) {
	j := job{role, "serve", "data/" + domtest.Unique(), 4096, kills}
	d := domtest.Domain(t, mode, vpeer, pausing("data", j.words("0"))...)
	id := d.Number()
	between(t, id, map[*domtest.Speaker]string{d: home(id, "data")}, func() {
		for i := range kills {
			p := domtest.Process(t, labtest.Need(t).Remote, nil, append([]string{peer}, j.caller().words(id)...)...)
			p.Expect("calling", 1, 2*time.Minute)
			p.Stop()
			d.Expect("gone", i+1, 2*time.Minute)
		}
	})
}

// TestVchanLimits: a domain whose grant table is full, and one that has used up its
// nodes in xenstore, get an error that names the limit; what fits still works.
func TestVchanLimits(t *testing.T) {
	domtest.NeedLab(t)
	peer := domtest.InDom0(t, vpeer)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		big := job{"listen", "send", "data/vchan/l/" + domtest.Unique(), 1 << 20, 1000}
		small := job{"listen", "send", "data/vchan/l/" + domtest.Unique(), 0, 1000}
		words := append([]string{"fails"}, big.words("0")...)
		words = append(words, "--", "fill", "--", "fails")
		words = append(append(words, small.words("0")...), "--", "clear", "--")
		d := domtest.Limited(t, mode, []string{"max_grant_frames=1"}, vpeer, append(words, small.words("0")...)...)
		domtest.Process(t, labtest.Need(t).Remote, nil, append([]string{peer}, small.counterpart().words(d.Number())...)...).Succeed()
		text := d.Succeed()
		for _, want := range []string{"raise max_grant_frames", "owns all the nodes it may own"} {
			if !strings.Contains(text, want) {
				t.Errorf("the domain did not print %q", want)
			}
		}
	})
}
