// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Three domains in memory: a frontend's, a backend's, and dom0 with its
// toolstack. Host.

package netif_test

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/domlet/domlet/net/netif"
	"github.com/domlet/domlet/net/netif/netiftest"
	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/xentest"
)

var seed = flag.Uint64("host-seed", 0, "seed of the hosts in memory; 0 takes the clock")

// patience is how long anything may take that should happen.
const patience = 2 * time.Minute

// Numbers of the domains.
const (
	frontDomain = 1
	backDomain  = 2
)

// mac is the interface's address.
const mac = "00:16:3e:01:02:03"

// world is a host with two domains that have an interface between them.
type world struct {
	t           testing.TB
	host        *xentest.Host
	front, back *xentest.Domain
	clock       clock.Clock // of both
}

// hasty is a clock whose timers run a hundred times too fast.
type hasty struct{ clock.System }

func (hasty) AfterFunc(d time.Duration, f func()) clock.Timer { return time.AfterFunc(d/100, f) }

func newWorld(t testing.TB) *world {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	h := xentest.New(t, s)
	return &world{t: t, host: h, front: h.Domain(frontDomain), back: h.Domain(backDomain), clock: clock.System{}}
}

// within is a context for what must not take long.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// must stops the test at an error.
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// The directories of both ends.
func frontPath(device int) string { return netiftest.FrontPath(frontDomain, device) }
func backPath(device int) string  { return netiftest.BackPath(frontDomain, backDomain, device) }

// plug does what xl does for a new interface.
func (w *world) plug(device int) {
	w.t.Helper()
	w.must(netiftest.Plug(within(w.t), w.host.Domain(0).Store(), frontDomain, backDomain, device, mac))
}

// fill writes pairs of names and values.
func fill(ctx context.Context, tx *store.Tx, path string, pairs ...any) error {
	for i := 0; i < len(pairs); i += 2 {
		if err := tx.Write(ctx, fmt.Sprint(path, "/", pairs[i]), fmt.Sprint(pairs[i+1])); err != nil {
			return err
		}
	}
	return nil
}

// set writes a node as dom0.
func (w *world) set(path string, value any) {
	w.t.Helper()
	w.must(w.host.Domain(0).Store().Write(within(w.t), path, fmt.Sprint(value)))
}

// get reads a node as dom0, empty where there is none.
func (w *world) get(path string) string {
	v, err := w.host.Domain(0).Store().Read(within(w.t), path)
	if err != nil {
		return ""
	}
	return v
}

// await waits until a node has a value.
func (w *world) await(path, value string) {
	w.t.Helper()
	for _, err := range w.host.Domain(0).Store().Watch(within(w.t), path) {
		if err != nil {
			w.t.Fatalf("%s did not become %q, it is %q: %v", path, value, w.get(path), err)
		}
		if w.get(path) == value {
			return
		}
	}
}

// unplug does what xl network-detach does: as libxl, it must see the backend's last
// state before the nodes go.
func (w *world) unplug(device int) {
	w.t.Helper()
	ctx, dom0 := within(w.t), w.host.Domain(0).Store()
	back := backPath(device)
	w.must(dom0.Transaction(ctx, func(tx *store.Tx) error { return fill(ctx, tx, back, "online", 0, "state", 5) }))
	w.await(back+"/state", "6")
	w.await(back+"/frontend", "")
	w.must(dom0.Remove(ctx, frontPath(device)))
}

// openFront and openBack open an end that the test's end closes.
func (w *world) openFront(c netif.Config) *netif.Link {
	w.t.Helper()
	p := w.front.Platform()
	p.Clock = w.clock
	l, err := netif.OpenFront(within(w.t), p, 0, c)
	w.must(err)
	w.t.Cleanup(func() { l.Close() })
	return l
}

func (w *world) openBack(c netif.Config) *netif.Link {
	w.t.Helper()
	p := w.back.Platform()
	p.Clock = w.clock
	l, err := netif.OpenBack(within(w.t), p, frontDomain, 0, c)
	w.must(err)
	w.t.Cleanup(func() { l.Close() })
	return l
}

// link plugs in an interface and waits until both ends are up.
func (w *world) link(front, back netif.Config) (f, b *netif.Link) {
	w.t.Helper()
	w.plug(0)
	f, b = w.openFront(front), w.openBack(back)
	w.up(f)
	w.up(b)
	return f, b
}

// until waits until a link is as it is wanted.
func (w *world) until(l *netif.Link, what string, want func(i netif.Info) bool) netif.Info {
	w.t.Helper()
	var last netif.Info
	for now, err := range l.Changes(within(w.t)) {
		if err != nil {
			w.t.Fatalf("a link is not %s: %v; it is %+v", what, err, last)
		}
		if last = now; want(now) {
			break
		}
	}
	return last
}

func (w *world) up(l *netif.Link) netif.Info {
	w.t.Helper()
	return w.until(l, "up", func(i netif.Info) bool { return i.Up })
}

func (w *world) down(l *netif.Link) netif.Info {
	w.t.Helper()
	return w.until(l, "down", func(i netif.Info) bool { return !i.Up })
}

// holdings is everything a domain may have left over.
type holdings struct{ shared, deferred, mapped, ports, watches, transactions int }

// nothingLeft wants the domains to hold nothing, after all ends were closed.
func (w *world) nothingLeft() {
	w.t.Helper()
	for _, d := range []*xentest.Domain{w.back, w.front} { // what the backend still maps the frontend cannot end
		w.keepsNothing(d, func(h holdings) bool { return h == holdings{} })
	}
}

// keepsNothing waits until a domain has nothing that is asked for. The answer to what took a watch away, for one, nobody
// waited for.
func (w *world) keepsNothing(d *xentest.Domain, so func(h holdings) bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		s := d.Grants().Stats()
		h := holdings{shared: s.Shared, deferred: s.Deferred, mapped: s.Mapped, ports: d.Ports()}
		h.watches, h.transactions = w.host.Xenstored().Held(d.ID())
		if so(h) {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("domain %d still has %+v", d.ID(), h)
		}
	}
}

// unconnected wants nothing of what a connection has.
func unconnected(h holdings) bool { return h.shared == 0 && h.mapped == 0 && h.ports == 0 }
