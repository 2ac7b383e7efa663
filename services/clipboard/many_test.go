// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Two hundred clients at once, and what each costs. Host.

package clipboard

import (
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/domlet/domlet/xen/abi"
)

// TestManyClients: two hundred are connected, ask all at once, and one after the other copy what the next one pastes. Each costs one
// page and one port for its connection, and the same for the offer of the next.
func TestManyClients(t *testing.T) {
	in(t, func(w *world) {
		const clients = 200
		conns := make([]*Conn, clients)
		for i := range conns {
			c := w.serve(abi.Domid_t(10+i), "client").dial()
			defer c.Close()
			conns[i] = NewConn(c)
		}
		synctest.Wait()
		if s := w.domain.Grants().Stats(); s.Shared != 2*clients || w.domain.Ports() != 2*clients {
			t.Errorf("%d clients cost %d pages and %d ports", clients, s.Shared, w.domain.Ports())
		}
		var all sync.WaitGroup
		for _, c := range conns {
			all.Go(func() {
				if _, err := c.Status(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		into := make([]byte, MaxLimit)
		for i, c := range conns {
			want := text(300 * i)
			if _, err := c.Copy(plain, []byte(want)); err != nil {
				t.Fatalf("client %d: %v", i, err)
			}
			p, err := conns[(i+1)%clients].Paste(into)
			if err != nil || string(into[:p.Size]) != want {
				t.Fatalf("client %d: %+v, %v", i, p, err)
			}
		}
	})
}

// memory is what Go has in use, in bytes.
func memory() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}

// TestMemoryPerClient measures what a client costs that is attached, and one that is connected, the pages that it shares included. In
// the second figure is the client's end of the connection too: both are in this process.
func TestMemoryPerClient(t *testing.T) {
	in(t, func(w *world) {
		const clients = 200
		peers := make([]*peer, clients)
		for i := range peers {
			peers[i] = &peer{w: w, d: w.host.Domain(abi.Domid_t(10 + i))}
			peers[i].d.Grants().Stats() // its grant table
		}
		before := memory()
		for _, p := range peers {
			w.server.Attach(w.attach(p.d.ID(), "client"))
		}
		synctest.Wait()
		attached := memory()
		for _, p := range peers {
			defer p.dial().Close()
		}
		synctest.Wait()
		connected := memory()
		t.Logf("attached: %d bytes each; connected: at most %d more", (attached-before)/clients, (connected-attached)/clients)
		if attached-before > clients<<15 {
			t.Errorf("%d attached clients cost %d bytes", clients, attached-before)
		}
	})
}
