// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a call costs where there are few domains, and where there are a thousand. Domains in memory. Host.

package relay_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/xen/abi"
)

// crowd is so many domains, attached and with agents.
func crowd(t *testing.T, n int) *host {
	domains := map[string]abi.Domid_t{}
	for i := range n {
		domains[fmt.Sprintf("d%d", i)] = hub + 1 + abi.Domid_t(i)
	}
	h := newHostOf(t, domains, "test.Echo * @anyvm @anyvm allow\n")
	h.until("all agents are connected", func() bool {
		for _, a := range h.agents {
			if !a.Status().Connected {
				return false
			}
		}
		return true
	})
	return h
}

// over ends all that runs in a bubble. The relay's slices have ended some time after their domains were detached.
func (h *host) over() {
	time.Sleep(time.Minute)
	h.end()
	synctest.Wait()
	for i := range len(h.agents) + 1 {
		h.Domain(hub + abi.Domid_t(i)).Kill()
	}
	h.Domain(0).Kill()
}

// detachAll leaves the relay without domains.
func (h *host) detachAll() {
	h.Helper()
	for name := range h.agents {
		h.must(h.keeper.Detach(h.ctx, name, "relay"))
	}
	h.reconcile()
	h.until("nobody is attended", func() bool { return len(h.relay.Peers()) == 0 })
	synctest.Wait()
}

// costs is what something takes.
type costs struct{ objects, requests float64 }

// allocated is how many objects were ever allocated.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// perCall is what one call costs, with both of its ends, the relay and the emulation of Xen: objects that are allocated, and
// requests of xenstored's. In a bubble no domain that waits looks meanwhile whether the other end is there. Of some rounds the
// least counts.
func (h *host) perCall(n int) (least costs) {
	const rounds, calls = 5, 25
	for range rounds {
		before, served := allocated(), h.Xenstored().Served()
		for range calls {
			from := rand.IntN(n)
			to := (from + 1 + rand.IntN(n-1)) % n
			if code, _, _, err := h.do(fmt.Sprintf("d%d", from), fmt.Sprintf("d%d", to), "test.Echo", "", ""); code != 0 || err != nil {
				h.Fatal(code, err, h.log())
			}
		}
		c := costs{float64(allocated()-before) / calls, float64(h.Xenstored().Served()-served) / calls}
		if least.requests == 0 || c.objects < least.objects {
			least = c
		}
	}
	return least
}

// TestThousandDomains: a call among a thousand domains takes no more requests than one among a few, and allocates not one object
// for each domain; and a domain costs no more memory.
func TestThousandDomains(t *testing.T) {
	const few, many = 20, 1000
	var call [2]costs
	var domain [2]float64
	for i, n := range []int{few, many} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				base := testkit.InUse()
				h := crowd(t, n)
				synctest.Wait()
				domain[i] = float64(testkit.InUse()-base) / float64(n)
				call[i] = h.perCall(n)
				t.Logf("%d domains: a call allocates %.0f objects and makes %.1f requests; a domain has %.0f bytes", n, call[i].objects, call[i].requests, domain[i])
				h.detachAll()
				h.over()
			})
		})
	}
	if t.Failed() {
		return
	}
	if call[1].requests > 1.2*call[0].requests || call[1].objects > 2*call[0].objects || domain[1] > 1.3*domain[0] {
		t.Error("it is not the same")
	}
}

// TestRequestsOfCalls: calls that are made at once take no more of xenstored than calls one after the other. Requests take time on
// their way, as they do where xenstored is another process: with a transaction in each call, which fails where others meet
// meanwhile and is made again, it were 24 requests for one call at a time and 59 for each of eight.
func TestRequestsOfCalls(t *testing.T) {
	const calls, most = 48, 20
	h := crowd(t, 2)
	h.Xenstored().SetPace(300 * time.Microsecond)
	for _, lanes := range []int{1, 2, 4, 8} {
		served := h.Xenstored().Served()
		var all sync.WaitGroup
		for range lanes {
			all.Go(func() {
				for range calls / lanes {
					if code, _, _, err := h.do("d0", "d1", "test.Echo", "", ""); code != 0 || err != nil {
						t.Error(code, err)
					}
				}
			})
		}
		all.Wait()
		each := float64(h.Xenstored().Served()-served) / calls
		t.Logf("%d at once: %.1f requests a call", lanes, each)
		if each > most {
			t.Errorf("%d at once: more than %d requests a call", lanes, most)
		}
	}
}

// TestMemoryOfDomain: what it costs that a domain is attached and idle: its slice, and both ends of its control connection with
// their shared pages.
func TestMemoryOfDomain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 100
		h := crowd(t, n)
		synctest.Wait()
		attached := testkit.InUse()
		h.detachAll()
		each := (attached - testkit.InUse()) / n
		t.Logf("a domain that is attached has %d bytes", each)
		if each > 64<<10 {
			t.Error("that is too much")
		}
		h.over()
	})
}
