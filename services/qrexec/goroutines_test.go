// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Callers that want a service to have as many goroutines as it can. Host.

package qrexec_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/domlet/domlet/services/qrexec"
)

// gauge starts goroutines and knows how many there were at once.
type gauge struct {
	w         *world
	now, most atomic.Int64
}

func (g *gauge) start(f func()) {
	n := g.now.Add(1)
	for m := g.most.Load(); n > m && !g.most.CompareAndSwap(m, n); m = g.most.Load() {
	}
	g.w.start(func() {
		defer g.now.Add(-1)
		f()
	})
}

// TestGoroutines: an agent has no more goroutines than it says, though callers connect and say nothing, and go on calling, and
// nobody reads its log.
func TestGoroutines(t *testing.T) {
	const served, connected, more = 2, 66, 180
	w := newWorld(t, "vchan", 0)
	w.startRelay(w.ctx)
	w.startAgent(w.ctx, work)
	g := &gauge{w: w}
	var dropped atomic.Int64
	read := make(chan struct{})
	logf := func(format string, args ...any) {
		if strings.Contains(format, "dropped") {
			dropped.Add(1)
			<-read
		}
	}
	a := &qrexec.Agent{Transport: w.transport(vault), Daemon: hub, Handler: w.mux, Go: g.start, Logf: logf, MaxServed: served}
	w.start(func() { a.Run(w.ctx) })
	defer sync.OnceFunc(func() { close(read) })()
	for i := range connected + more {
		grant, err := w.agents[work].Request(w.ctx, "vault", "test.Echo")
		if err != nil {
			t.Fatal(err)
		}
		if i >= connected {
			continue
		}
		c, err := w.transport(work).Accept(w.ctx, grant.Domain, grant.Port)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	w.until("calls are dropped", func() bool { return dropped.Load() > 0 })
	if _, err := a.Request(w.ctx, "nobody", "test.Echo"); err != qrexec.ErrRefused { // the agent hears of it after all calls
		t.Error(err)
	}
	if most := int(g.most.Load()); most < 2*connected || most > qrexec.Goroutines(served) {
		t.Errorf("%d goroutines, %d are allowed", most, qrexec.Goroutines(served))
	}
}
