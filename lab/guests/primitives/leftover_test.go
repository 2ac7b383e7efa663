// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What domains hold of Xen and of xenstored, as those two count it. Host; boots
// domains.

package primitives

import (
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/labtest"

	"github.com/domlet/domlet/lab/domtest"
)

// holdings are what may be left over of a connection in a domain.
type holdings struct {
	ports int    // event channels
	lent  int    // pages granted to another domain that has them mapped
	store string // what xenstored counts
}

// held counts what a domain has. Of dom0 xenstored does not count what its processes
// have.
func held(t *testing.T, id string) holdings {
	t.Helper()
	h := holdings{ports: portsOf(t, id), lent: len(domtest.LentBy(t, id))}
	if id != "0" {
		h.store = quotaOf(t, id)
	}
	return h
}

// mustHold waits until a domain has no more than it had. Linux unmaps pages of a killed
// process, and gives them back, when it has time; so dom0 may have had more before, of
// what an earlier test left to it.
func mustHold(t *testing.T, id string, before holdings) {
	t.Helper()
	var now holdings
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if now = held(t, id); now.ports <= before.ports && now.lent <= before.lent && now.store == before.store {
			return
		}
	}
	t.Errorf("domain %s holds %+v, and held %+v before", id, now, before)
}

// portsOf counts the event channels of a domain.
func portsOf(t *testing.T, id string) int {
	t.Helper()
	return strings.Count(domtest.Dom0(t, "/usr/lib/xen/bin/lsevtchn", id), "\n")
}

// quotaOf is what xenstored counts of a domain's: nodes, watches and transactions.
func quotaOf(t *testing.T, id string) string {
	t.Helper()
	var counts []string
	for line := range strings.Lines(domtest.Dom0(t, "xenstore-control", "quota", id)) {
		name, count, _ := strings.Cut(line, ":")
		switch name = strings.TrimSpace(name); name {
		case "nodes", "watches", "transactions":
			counts = append(counts, name+" "+strings.TrimSpace(count))
		}
	}
	if len(counts) != 3 {
		t.Fatalf("xenstored does not say what domain %s has: %q", id, counts)
	}
	return strings.Join(counts, ", ")
}

// between has ends that pause at their begin and at their end, the first of them a
// domain, do their work in between, and wants nothing to be left over in the domain
// or in dom0. Each goes on when the node that it waits for is there.
func between(t *testing.T, id string, ends map[*domtest.Speaker]string, work func()) {
	t.Helper()
	for s := range ends {
		s.Expect("paused", 1, 2*time.Minute)
	}
	there, here := held(t, id), held(t, "0")
	for _, node := range ends {
		write(t, node+"/begin", "1")
	}
	work()
	for s, node := range ends {
		s.Expect("paused", 2, 2*time.Minute)
		domtest.Dom0(t, "xenstore-rm", node+"/begin") // it counts as the domain's
	}
	mustHold(t, id, there)
	mustHold(t, "0", here)
	for s, node := range ends {
		write(t, node+"/end", "1")
		if text := s.Succeed(); strings.Count(text, "paused shared=0 deferred=0 mapped=0") != 2 {
			t.Errorf("%s has grants or mappings left over", s.Name)
		}
	}
}

// pausing are the arguments of a vpeer that pauses at the nodes begin and end below
// node, and does jobs in between.
func pausing(node string, jobs ...[]string) []string {
	words := []string{"pause", node + "/begin", "--"}
	for _, j := range jobs {
		words = append(append(words, j...), "--")
	}
	return append(words, "pause", node+"/end")
}

// TestVchanFiftyTimes makes and closes fifty connections, half of them in each role.
// Nothing is left over in the domain, or in the process in dom0, which lives on.
func TestVchanFiftyTimes(t *testing.T) {
	domtest.NeedLab(t)
	peer := domtest.InDom0(t, vpeer)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		const times = 25 // in each role
		listen := job{"listen", "serve", "data/" + domtest.Unique(), 4096, times}
		dial := job{"dial", "serve", "data/" + domtest.Unique(), 65536, times}
		d := domtest.Domain(t, mode, vpeer, pausing("data", listen.words("0"), dial.words("0"))...)
		id := d.Number()
		var jobs [][]string
		for _, j := range []job{listen, dial} {
			j = j.caller()
			j.count = 1000
			for range times {
				jobs = append(jobs, j.words(id))
			}
		}
		node := "/local/domain/0/data/" + domtest.Unique()
		p := domtest.Process(t, labtest.Need(t).Remote, nil, append([]string{peer}, pausing(node, jobs...)...)...)
		between(t, id, map[*domtest.Speaker]string{d: home(id, "data"), p: node}, func() {
			d.Expect("gone", 2*times, 2*time.Minute)
		})
		domtest.Dom0(t, "xenstore-rm", node)
	})
}
