// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Many calls at once: quotas, memory, and what is left afterwards. Host.

package qrexec_test

import (
	"errors"
	"io"
	"io/fs"
	"sync"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

// holdings is what a domain holds of things that are scarce.
type holdings struct{ shared, deferred, mapped, ports, watches, transactions, nodes int }

func (w *world) holds(id abi.Domid_t) holdings {
	d := w.host.Domain(id)
	d.Store().Read(w.ctx, "domid") // requests that nobody waits for are answered then
	s := d.Grants().Stats()
	h := holdings{shared: s.Shared, deferred: s.Deferred, mapped: s.Mapped, ports: d.Ports(), nodes: w.offers(store.DomainPath(id) + "/data/vchan")}
	h.watches, h.transactions = w.host.Xenstored().Held(id)
	return h
}

// offers counts what is published for anybody. A node for the peer itself may stay, for the next offer.
func (w *world) offers(path string) (n int) {
	peers, err := w.host.Domain(hub).Store().List(w.ctx, path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.Fatal(err)
	}
	for _, peer := range peers {
		n += w.nodes(path + "/" + peer)
	}
	return n
}

// nodes counts the nodes below a path, as the relay's domain, which is dom0 here, sees them.
func (w *world) nodes(path string) int {
	names, err := w.host.Domain(hub).Store().List(w.ctx, path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.Fatal(err)
	}
	n := len(names)
	for _, name := range names {
		n += w.nodes(path + "/" + name)
	}
	return n
}

// quiet is a world of agents that are connected, and what they hold then.
func quiet(t testing.TB) (w *world, before map[abi.Domid_t]holdings) {
	w = newWorld(t, "vchan", 0)
	w.waiter()
	w.up()
	if code, _, _, err := w.do("test.Echo", "", "x"); code != 0 || err != nil {
		t.Fatal(code, err)
	}
	before = map[abi.Domid_t]holdings{}
	for _, id := range names {
		before[id] = holdings{shared: 3, ports: 1} // the control connection
		w.settledOne(id, before[id])
	}
	w.rests()
	return w, before
}

// rests waits until no goroutine is left but those that an agent has always: its Run and the relay's Attend, each with
// one that closes the connection in the end.
func (w *world) rests() {
	w.Helper()
	w.until("only the agents' own goroutines run", func() bool { return int(w.running.Load()) == w.resident() })
}

func (w *world) resident() int { return 4 * len(w.agents) }

// settled wants every domain to hold what it held before.
func (w *world) settled(before map[abi.Domid_t]holdings) {
	w.Helper()
	for id, h := range before {
		w.settledOne(id, h)
	}
	w.until("all ports are free", func() bool { return w.relay.Ports(work) == 0 })
}

// settledOne wants one domain to.
func (w *world) settledOne(id abi.Domid_t, before holdings) {
	w.Helper()
	var now holdings
	defer func() {
		if now != before {
			w.Logf("domain %d held %+v, now %+v", id, before, now)
		}
	}()
	w.until("nothing is left of the calls", func() bool { now = w.holds(id); return now == before })
}

// calls makes n calls at once that all wait.
func (w *world) calls(n int) []*qrexec.Call {
	calls := make([]*qrexec.Call, n)
	var all sync.WaitGroup
	for i := range calls {
		all.Go(func() {
			c, err := w.agents[work].Call(w.ctx, "vault", "test.Wait", "")
			if err == nil {
				_, err = io.ReadFull(c, make([]byte, 1))
			}
			if err != nil {
				w.Error(err)
			}
			calls[i] = c
		})
	}
	all.Wait()
	if w.Failed() {
		w.FailNow()
	}
	return calls
}

// TestManyCalls: 256 calls at once within xenstored's quotas as they come, three pages a call, one watch; the next call is
// refused; afterwards nothing is left, however the calls ended.
func TestManyCalls(t *testing.T) {
	w, before := quiet(t)
	for range 2 {
		calls := w.calls(wire.MaxCalls)
		if h := w.holds(work); h.shared-before[work].shared > 3*wire.MaxCalls || h.nodes > 0 || h.transactions > 0 {
			t.Errorf("the caller holds %+v", h)
		}
		if h := w.holds(vault); h.watches > 1 {
			t.Errorf("the service's domain holds %+v", h)
		}
		w.until("a call has three goroutines at the service and one at the caller", func() bool {
			return int(w.running.Load())-w.resident() == 4*wire.MaxCalls
		})
		if _, err := w.agents[work].Call(w.ctx, "vault", "test.Echo", ""); !errors.Is(err, qrexec.ErrRefused) {
			t.Errorf("one more: %v", err)
		}
		for _, c := range calls {
			c.Close()
		}
		w.settled(before)
		w.rests()
	}
}

// TestMemoryOfCalls: what 256 calls at once cost in memory, both ends, the shared pages and the domains' emulation included,
// stays below the 16 MiB that one domain may use.
func TestMemoryOfCalls(t *testing.T) {
	w, before := quiet(t)
	base := testkit.InUse()
	calls := w.calls(wire.MaxCalls)
	used := testkit.InUse() - base
	t.Logf("%d calls: %d KiB, %d bytes a call", wire.MaxCalls, used>>10, used/wire.MaxCalls)
	if used > 16<<20 {
		t.Errorf("%d calls take %d bytes", wire.MaxCalls, used)
	}
	for _, c := range calls {
		c.Close()
	}
	w.settled(before)
}

// TestDeathsLeaveNothing: a domain that is destroyed with calls under way leaves nothing with the other, in either role.
func TestDeathsLeaveNothing(t *testing.T) {
	for name, id := range names {
		t.Run(name, func(t *testing.T) {
			w, before := quiet(t)
			other := work + vault - id
			calls := w.calls(20)
			w.host.Domain(id).Kill()
			for _, c := range calls {
				c.Wait()
			}
			w.settledOne(other, before[other])
		})
	}
}

// BenchmarkCall is an empty call, from the request to the exit code, through a relay; over vchans in memory.
func BenchmarkCall(b *testing.B) {
	for kind := range over {
		b.Run(kind, func(b *testing.B) {
			w := newWorld(b, kind, 0).up()
			for b.Loop() {
				if code, _, _, err := w.do("test.None", "", ""); code != wire.ExitNotFound || err != nil {
					b.Fatal(code, err)
				}
			}
		})
	}
}

// BenchmarkStream is bytes through a call, from a caller who writes 64 KiB at a time.
func BenchmarkStream(b *testing.B) {
	for kind := range over {
		b.Run(kind, func(b *testing.B) {
			w := newWorld(b, kind, 0).up()
			c := w.call("test.Echo", "")
			defer c.Close()
			p := make([]byte, 65536)
			b.SetBytes(int64(len(p)))
			w.start(func() { io.Copy(io.Discard, c) })
			for b.Loop() {
				c.Write(p)
			}
		})
	}
}
