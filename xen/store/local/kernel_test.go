// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The ring with both of its users, the program's client and the kernel's
// (rt/kernel/control): as in a domain, with a lock in the place of the kernel's.
// Host.

package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"testing"
	"time"

	"github.com/domlet/domlet/rt/kernel/control"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/xentest/xenstored"
)

// kernel is the kernel's side of the ring.
type kernel struct {
	*shared
	mu     sync.Mutex
	state  control.Control
	orders chan control.Order
}

// hear does what rt/kernel does at an event.
func (k *kernel) hear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for {
		o, told := k.state.Hear(k.ours)
		if told {
			k.event.Notify()
		}
		if o == control.None {
			return
		}
		k.orders <- o
	}
}

// heard does what rt/kernel does with a message that the client hands over.
func (k *kernel) heard(kind, id uint32, text []byte) {
	k.mu.Lock()
	o := k.state.Take(kind, id, text)
	k.mu.Unlock()
	if o != control.None {
		k.orders <- o
	}
	k.hear()
}

func (k *kernel) listening(yes bool) {
	if yes {
		k.ours.Listen()
		return
	}
	k.ours.Unlisten()
	k.hear()
}

// serve is shared's, but an event reaches the kernel first, and nothing else tells
// it of a message: one that is overlooked stays so.
func (k *kernel) serve(d *xenstored.Daemon) {
	conn := d.Connect(5)
	defer conn.Close()
	var out lockedBuffer
	go io.Copy(&out, conn)
	buf := make([]byte, 700)
	for {
		for n := k.theirs.Read(buf); n > 0; n = k.theirs.Read(buf) {
			conn.Write(buf[:n])
			k.peer.Notify()
		}
		if n := k.theirs.Write(out.peek()); n > 0 {
			out.drop(n)
			k.hear()
			k.peer.Notify()
			continue
		}
		if err := k.peer.WaitUntil(time.Now().Add(time.Millisecond)); errors.Is(err, fs.ErrClosed) {
			return
		}
	}
}

// both returns the kernel and the program's client on one ring, and the client of
// an administrator.
func both(t *testing.T) (k *kernel, c, admin *store.Client) {
	k = &kernel{shared: newShared(t), orders: make(chan control.Order, 100)}
	d := xenstored.New()
	d.Introduce(5)
	d.SetQuotas(xenstored.Quotas{Nodes: 1000, NodeSize: 1 << 16, Watches: 128, Transactions: 10, Permissions: 5})
	var served sync.WaitGroup
	served.Go(func() { k.serve(d) })
	c = store.New(newRing(k.ours, k.event), store.Options{Listening: k.listening, Stranger: k.heard})
	admin = store.New(d.Connect(0), store.Options{Home: "/local/domain/5"})
	t.Cleanup(func() {
		c.Close()
		admin.Close()
		k.peer.Close()
		served.Wait()
	})
	for _, node := range []string{"control", "control/shutdown"} { // as libxl makes them
		err := admin.Write(t.Context(), node, "")
		if err == nil {
			err = admin.SetPermissions(t.Context(), node, store.Permission{Domain: 5, Access: store.NoAccess})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	k.mu.Lock()
	k.state.Start(k.ours)
	k.mu.Unlock()
	k.event.Notify()
	return k, c, admin
}

// ask has the administrator ask once, and waits for the order and for the
// acknowledgement.
func (k *kernel) ask(ctx context.Context, admin *store.Client) error {
	if err := admin.Write(ctx, "control/shutdown", "poweroff"); err != nil {
		return err
	}
	select {
	case o := <-k.orders:
		if o != control.Poweroff {
			return fmt.Errorf("order %d", o)
		}
	case <-ctx.Done():
		return errors.New("nobody heard it")
	}
	for {
		if v, err := admin.Read(ctx, "control/shutdown"); v == "" || err != nil {
			return err
		}
	}
}

// TestKernelBesideClient has an administrator ask again and again while the
// program reads, writes and watches, and then while it does nothing: each request
// becomes one order.
func TestKernelBesideClient(t *testing.T) {
	k, c, admin := both(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	busy, quiet := context.WithCancel(ctx)
	defer quiet()
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for busy.Err() == nil {
				c.Write(busy, "data/x", "1")
				c.Read(busy, "control/shutdown")
			}
		})
	}
	all.Go(func() {
		for busy.Err() == nil {
			some, cancel := context.WithTimeout(busy, 3*time.Millisecond)
			for range c.Watch(some, "control") {
			}
			cancel()
		}
	})
	for i := range 200 {
		if i == 100 {
			quiet()
			all.Wait()
		}
		if err := k.ask(ctx, admin); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
	}
	if len(k.orders) > 0 {
		t.Errorf("%d orders too many", len(k.orders))
	}
}

// TestKernelAfterClient: when the program has closed its client, with a watch set, the kernel hears as before.
func TestKernelAfterClient(t *testing.T) {
	k, c, admin := both(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for range c.Watch(ctx, "data") { // the first event says that the watch is set
		c.Close()
		break
	}
	if err := k.ask(ctx, admin); err != nil {
		t.Error(err)
	}
}
