// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Ends of vchans that are destroyed or killed, and what is left of them. Host;
// boots domains.

package guests

import (
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/labtest"
)

// TestVchanDestroyed: xl destroy in mid-transfer; the process in dom0 at the other
// end notices within seconds.
func TestVchanDestroyed(t *testing.T) {
	needLab(t)
	peer := stored(t, program(t, vpeer))
	inFirstMode(t, func(t *testing.T, mode string) {
		for _, role := range []string{"listen", "dial"} {
			j := job{role, "serve", "data/vchan/k/" + unique(), 65536, 1}
			d := domain(t, mode, vpeer, j.words("0")...)
			p := process(t, labtest.Need(t).Remote, nil, append([]string{peer}, j.caller().words(d.number())...)...)
			p.expect("calling", 1, time.Minute)
			destroy(t, d)
			mustNotice(t, p)
		}
	})
}

// TestVchanDestroyedDomain: the same between two domains.
func TestVchanDestroyedDomain(t *testing.T) {
	needLab(t)
	inFirstMode(t, func(t *testing.T, mode string) {
		j := job{"listen", "serve", "data/vchan/k/" + unique(), 65536, 1}
		a, b := pairOf(t, mode, j.words("-"), j.caller().words("-"))
		b.expect("calling", 1, time.Minute)
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
func destroy(t *testing.T, d *speaker) {
	t.Helper()
	if _, err := labtest.Need(t).Output(t.Context(), "xl", "destroy", d.name); err != nil {
		t.Fatal(err)
	}
}

// mustNotice wants a vpeer that calls to end because its partner is gone.
func mustNotice(t *testing.T, s *speaker) {
	t.Helper()
	begin := time.Now()
	select {
	case <-s.over:
	case <-time.After(20 * time.Second):
		t.Fatalf("%s did not notice", s.name)
	}
	if text, _ := s.heard.now(); !strings.Contains(text, "closed the connection or is gone") {
		t.Errorf("%s ended for another reason", s.name)
	}
	t.Logf("noticed after %v", time.Since(begin).Round(10*time.Millisecond))
}

// TestVchanKilled kills the process at the other end of a domain's connection again
// and again, while data move. Then the domain has no grant, mapping or port left
// over, nor has dom0.
func TestVchanKilled(t *testing.T) {
	needLab(t)
	kills := 10 // in each role
	if longClass() {
		kills = 100
	}
	peer := stored(t, program(t, vpeer))
	inFirstMode(t, func(t *testing.T, mode string) {
		for _, role := range []string{"listen", "dial"} {
			t.Run(role, func(t *testing.T) { killed(t, mode, peer, role, kills) })
		}
	})
}

func killed(t *testing.T, mode, peer, role string, kills int) {
	j := job{role, "serve", "data/vchan/k/" + unique(), 4096, kills}
	words := append([]string{"pause", "data/begin", "--"}, j.words("0")...)
	d := domain(t, mode, vpeer, append(words, "--", "pause", "data/end")...)
	id := d.number()
	d.expect("paused", 1, time.Minute)
	ports, dom0Ports := portsOf(t, id), portsOf(t, "0")
	write(t, home(id, "data/begin"), "1")
	for i := range kills {
		p := process(t, labtest.Need(t).Remote, nil, append([]string{peer}, j.caller().words(id)...)...)
		p.expect("calling", 1, time.Minute)
		p.stop()
		<-p.over
		d.expect("gone", i+1, 30*time.Second)
	}
	d.expect("paused", 2, time.Minute)
	if now := portsOf(t, id); now != ports {
		t.Errorf("the domain had %d ports and has %d", ports, now)
	}
	if now := portsOf(t, "0"); now != dom0Ports {
		t.Errorf("dom0 had %d ports and has %d", dom0Ports, now)
	}
	if nodes := dom0(t, "sh", "-c", "xenstore-list "+home(id, "data/vchan")+" || true"); strings.TrimSpace(nodes) != "" {
		t.Errorf("the domain's nodes: %q", nodes)
	}
	write(t, home(id, "data/end"), "1")
	if text := d.succeed(); strings.Count(text, "paused shared=0 deferred=0 mapped=0") != 2 {
		t.Error("the domain has grants or mappings left over")
	}
}

// portsOf counts the event channels of a domain.
func portsOf(t *testing.T, id string) int {
	t.Helper()
	return strings.Count(dom0(t, "/usr/lib/xen/bin/lsevtchn", id), "\n")
}

// TestVchanLimits: a domain whose grant table is full, and one that has used up its
// nodes in xenstore, get an error that names the limit; what fits still works.
func TestVchanLimits(t *testing.T) {
	needLab(t)
	peer := stored(t, program(t, vpeer))
	inFirstMode(t, func(t *testing.T, mode string) {
		big := job{"listen", "send", "data/vchan/l/" + unique(), 1 << 20, 1000}
		small := job{"listen", "send", "data/vchan/l/" + unique(), 0, 1000}
		words := append([]string{"fails"}, big.words("0")...)
		words = append(words, "--", "fill", "--", "fails")
		words = append(append(words, small.words("0")...), "--", "clear", "--")
		d := limited(t, mode, []string{"max_grant_frames=1"}, vpeer, append(words, small.words("0")...)...)
		process(t, labtest.Need(t).Remote, nil, append([]string{peer}, small.counterpart().words(d.number())...)...).succeed()
		text := d.succeed()
		for _, want := range []string{"raise max_grant_frames", "owns all the nodes it may own"} {
			if !strings.Contains(text, want) {
				t.Errorf("the domain did not print %q", want)
			}
		}
	})
}
