// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Two domains in memory, and connections between them. Host.

package vchan_test

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"testing"
	"time"

	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/vchan"
	"github.com/domlet/domlet/xen/xentest"
)

var seed = flag.Uint64("host-seed", 0, "seed of the hosts in memory; 0 takes the clock")

// patience is how long anything may take that should happen.
const patience = 2 * time.Minute

// world is two domains on one host.
type world struct {
	t              testing.TB
	host           *xentest.Host
	server, client *xentest.Domain
	sp, cp         *platform.Platform
}

// path is where the two meet.
var path = vchan.Path(2, 513)

// newWorld makes two domains, set up by functions that run before they start.
func newWorld(t testing.TB, setUp ...func(w *world)) *world {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	w := &world{t: t, host: xentest.New(t, s)}
	w.server, w.client = w.host.Domain(1), w.host.Domain(2)
	for _, f := range setUp {
		f(w)
	}
	w.sp, w.cp = w.server.Platform(), w.client.Platform()
	return w
}

// within is a context for what must not take long.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func (w *world) listen(r vchan.Rings) *vchan.Listener {
	w.t.Helper()
	l, err := vchan.Listen(within(w.t), w.sp, w.client.ID(), path, r)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { l.Close() })
	return l
}

// connect makes one connection and closes what is left of it when the test ends.
func (w *world) connect(r vchan.Rings) (server, client *vchan.Conn) {
	w.t.Helper()
	l := w.listen(r)
	server, client = w.meet(l)
	if err := l.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { server.Close(); client.Close() })
	return server, client
}

// meet dials a listener.
func (w *world) meet(l *vchan.Listener) (server, client *vchan.Conn) {
	w.t.Helper()
	ctx := within(w.t)
	accepted := make(chan *vchan.Conn, 1)
	go func() {
		c, err := l.AcceptContext(ctx)
		if err != nil {
			w.t.Error(err)
		}
		accepted <- c
	}()
	client, err := vchan.Dial(ctx, w.cp, w.server.ID(), path)
	if err != nil {
		w.t.Fatal(err)
	}
	if server = <-accepted; server == nil {
		w.t.FailNow()
	}
	return server, client
}

// holdings is everything a domain may have left over; nodes are those of offers.
type holdings struct{ shared, deferred, mapped, ports, watches, transactions, nodes int }

func (w *world) holds(d *xentest.Domain) holdings {
	w.t.Helper()
	s := d.Grants().Stats()
	h := holdings{shared: s.Shared, deferred: s.Deferred, mapped: s.Mapped, ports: d.Ports()}
	h.watches, h.transactions = w.host.Xenstored().Held(d.ID())
	all := store.DomainPath(d.ID()) + "/data/vchan"
	for _, client := range w.below(all) {
		h.nodes += w.nodes(all + "/" + client)
	}
	return h
}

// below lists a directory, as dom0 sees it.
func (w *world) below(path string) []string {
	w.t.Helper()
	names, err := w.host.Domain(0).Store().List(within(w.t), path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.t.Fatal(err)
	}
	return names
}

// nodes counts the nodes below a path.
func (w *world) nodes(path string) int {
	w.t.Helper()
	names := w.below(path)
	n := len(names)
	for _, name := range names {
		n += w.nodes(path + "/" + name)
	}
	return n
}

// nothingLeft wants a domain, or both, to hold nothing. The answer to the last request, which takes a watch away, nobody
// waits for: one more request does.
func (w *world) nothingLeft(domains ...*xentest.Domain) {
	w.t.Helper()
	if len(domains) == 0 {
		domains = []*xentest.Domain{w.server, w.client}
	}
	for _, d := range domains {
		d.Store().Read(within(w.t), "domid")
		h := w.holds(d)
		for end := time.Now().Add(patience); h != (holdings{}) && time.Now().Before(end); h = w.holds(d) {
			time.Sleep(time.Millisecond) // a domain that was killed lets go when its last access has ended
		}
		if h != (holdings{}) {
			w.t.Errorf("domain %d still has %+v", d.ID(), h)
		}
	}
}

// until waits for something to come true.
func (w *world) until(what string, f func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// hasty is a clock whose timers run a hundred times too fast, for tests of what happens once a second; frantic has them run
// ten thousand times too fast, so that hardly any time is spent between attempts.
type hasty struct{}

func (hasty) Now() time.Time { return time.Now() }
func (hasty) AfterFunc(d time.Duration, f func()) clock.Timer {
	return time.AfterFunc(d/100, f)
}

type frantic struct{ hasty }

func (frantic) AfterFunc(d time.Duration, f func()) clock.Timer {
	return time.AfterFunc(d/10000, f)
}
