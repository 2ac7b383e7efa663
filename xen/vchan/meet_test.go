// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How two ends find each other, or not. Host.

package vchan_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/vchan"
	"github.com/domlet/domlet/xen/xentest"
	"github.com/domlet/domlet/xen/xentest/xenstored"
)

// TestNodes: both nodes are in the store, for the peer and nobody else, and go when a client has come.
func TestNodes(t *testing.T) {
	w := newWorld(t)
	l := w.listen(vchan.Rings{Read: 4096, Write: 4096})
	for _, node := range []string{"ring-ref", "event-channel"} {
		name := "/local/domain/1/" + path + "/" + node
		perms, err := w.server.Store().Permissions(within(t), name)
		if err != nil || fmt.Sprint(perms) != "[n1 r2]" {
			t.Errorf("%s: %v, %v", node, perms, err)
		}
		if _, err := w.host.Domain(3).Store().Read(within(t), name); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("a third domain reads %s: %v", node, err)
		}
	}
	a, b := w.meet(l)
	if h := w.holds(w.server); h.nodes != 0 {
		t.Errorf("connected, and %d nodes are left", h.nodes)
	}
	if h := w.holds(w.server); h.shared != 3 || h.ports != 1 {
		t.Errorf("rings of 4 KiB cost %+v", h)
	}
	a.Close()
	b.Close()
	l.Close()
	w.nothingLeft()
}

// TestTidy: a server of ever new clients leaves a few directories in xenstore and no more. Those in which something is offered
// stay, and those that are not its own.
func TestTidy(t *testing.T) {
	w := newWorld(t)
	ctx := within(t)
	other, err := vchan.Listen(ctx, w.sp, 2, vchan.Path(2, 1), vchan.Rings{})
	if err != nil {
		t.Fatal(err)
	}
	const all = "/local/domain/1/data/vchan"
	foreign := store.Node{Path: all + "/3", Permissions: []store.Permission{{Domain: 0, Access: store.NoAccess}}}
	if err := w.host.Domain(0).Store().WriteAll(ctx, foreign); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		client := w.host.Domain(abi.Domid_t(10 + i))
		l, err := vchan.Listen(ctx, w.sp, client.ID(), vchan.Path(client.ID(), 1), vchan.Rings{})
		if err != nil {
			t.Fatal(err)
		}
		w.until("all is tidy", func() bool {
			soon, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
			defer cancel()
			l.AcceptContext(soon)          // nobody comes
			return len(w.below(all)) <= 33 // 32, and the one that is offered
		})
		l.Close()
	}
	if n := w.nodes(all + "/2"); n != 3 {
		t.Errorf("%d nodes are left of an offer that stands", n)
	}
	other.Close()
	w.nothingLeft()
}

// TestClientFirst: a client may come before the server, and waits.
func TestClientFirst(t *testing.T) {
	w := newWorld(t)
	var dialed sync.WaitGroup
	dialed.Go(func() {
		c, err := vchan.Dial(within(t), w.cp, 1, path)
		if err != nil {
			t.Error(err)
			return
		}
		c.Close()
	})
	time.Sleep(5 * time.Millisecond)
	c, err := w.listen(vchan.Rings{}).Accept()
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	dialed.Wait()
}

// TestNobodyConnects: Accept can be cancelled, and goes on later; Close ends it.
func TestNobodyConnects(t *testing.T) {
	w := newWorld(t)
	l := w.listen(vchan.Rings{Read: 65536, Write: 65536})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if _, err := l.AcceptContext(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	a, b := w.meet(l)
	a.Close()
	b.Close()
	var closing sync.WaitGroup
	closing.Go(func() {
		time.Sleep(5 * time.Millisecond)
		l.Close()
	})
	for range 2 {
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	}
	closing.Wait()
	w.nothingLeft()
}

// TestSecondAccept: who waits for its turn to accept waits no longer than it said.
func TestSecondAccept(t *testing.T) {
	w := newWorld(t)
	l := w.listen(vchan.Rings{})
	var first sync.WaitGroup
	defer first.Wait()
	defer l.Close()
	first.Go(func() { l.Accept() })
	for range 20 { // some of them while the first waits
		done := make(chan error, 1)
		go func() {
			_, err := l.AcceptContext(passing(t))
			done <- err
		}()
		select {
		case err := <-done:
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
		case <-within(t).Done():
			t.Fatal("it waits for the first, which waits for ever")
		}
	}
}

// TestManyClients: connections of one listener come one after the other, also when clients crowd.
func TestManyClients(t *testing.T) {
	w := newWorld(t)
	l := w.listen(vchan.Rings{})
	const clients = 20
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			c, err := vchan.Dial(within(t), w.cp, 1, path)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			c.Write([]byte("!"))
			if n, err := c.Read(make([]byte, 1)); n != 1 {
				t.Error(err)
			}
		})
	}
	for range clients {
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			defer c.Close()
			p := make([]byte, 1)
			c.Read(p)
			c.Write(p)
			c.Read(p)
		})
	}
	all.Wait()
	l.Close()
	w.nothingLeft()
}

// TestClientsInARow: a client that comes while the server does not know that another one came and went gets a connection of
// its own, and both are served.
func TestClientsInARow(t *testing.T) {
	w := newWorld(t)
	hurry(w)
	l := w.listen(vchan.Rings{})
	var clients sync.WaitGroup
	clients.Go(func() {
		for _, word := range []string{"first", "second", "third"} {
			c, err := vchan.Dial(within(t), w.cp, 1, path)
			if err != nil {
				t.Error(err)
				return
			}
			c.Write([]byte(word))
			c.Close()
		}
	})
	time.Sleep(20 * time.Millisecond)
	for _, want := range []string{"first", "second", "third"} {
		c, err := l.AcceptContext(within(t))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(c); string(got) != want || err != nil {
			t.Errorf("%q, %v, not %q", got, err, want)
		}
		c.Close()
	}
	clients.Wait()
	l.Close()
	w.nothingLeft()
}

// TestAcceptOne: one connection, and then nothing is left of the offer; none for who waits no longer.
func TestAcceptOne(t *testing.T) {
	w := newWorld(t)
	var dialed sync.WaitGroup
	dialed.Go(func() {
		c, err := vchan.Dial(within(t), w.cp, 1, path)
		if err != nil {
			t.Error(err)
			return
		}
		c.Write([]byte("!"))
		c.Close()
	})
	c, err := vchan.AcceptOne(within(t), w.sp, 2, path, vchan.Rings{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(c); string(got) != "!" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	c.Close()
	dialed.Wait()
	ended, end := context.WithCancel(within(t))
	end()
	for _, ctx := range []context.Context{ended, passing(t)} {
		if c, err := vchan.AcceptOne(ctx, w.sp, 2, path, vchan.Rings{}); c != nil || !errors.Is(err, context.Cause(ctx)) {
			t.Errorf("%v, %v", c, err)
		}
	}
	w.nothingLeft()
}

// passing is a context that ends soon.
func passing(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// TestThousandTimes connects and closes a thousand times; nothing is left over.
func TestThousandTimes(t *testing.T) {
	w := newWorld(t)
	l := w.listen(vchan.Rings{Read: 8192})
	for i := range 1000 {
		a, b := w.meet(l)
		a.Write([]byte("x"))
		if i%2 == 0 {
			a, b = b, a
		}
		if err := errors.Join(a.Close(), b.Close()); err != nil {
			t.Fatal(err)
		}
	}
	l.Close()
	w.nothingLeft()
}

// TestNoRoom: what runs out is named, and nothing is kept.
func TestNoRoom(t *testing.T) {
	t.Run("grant table", func(t *testing.T) {
		w := newWorld(t, func(w *world) { w.server.SetGrants(xentest.GrantConfig{MaxFrames: 1}) })
		_, err := vchan.Listen(within(t), w.sp, 2, path, vchan.Rings{Read: vchan.MaxRing, Write: vchan.MaxRing})
		if !errors.Is(err, grant.ErrTableFull) || !strings.Contains(err.Error(), "max_grant_frames") {
			t.Error(err)
		}
		w.nothingLeft()
	})
	t.Run("maptrack", func(t *testing.T) {
		w := newWorld(t, func(w *world) { w.client.SetGrants(xentest.GrantConfig{MaxMaps: 10}) })
		w.listen(vchan.Rings{Read: 65536, Write: 65536})
		_, err := vchan.Dial(within(t), w.cp, 1, path)
		if !errors.Is(err, grant.ErrMaptrackFull) || !strings.Contains(err.Error(), "max_maptrack_frames") {
			t.Error(err)
		}
		w.nothingLeft(w.client)
	})
	t.Run("ports", func(t *testing.T) {
		w := newWorld(t)
		w.server.SetMaxEventChannels(0)
		_, err := vchan.Listen(within(t), w.sp, 2, path, vchan.Rings{})
		var full *evtchn.Error
		if !errors.As(err, &full) || !strings.Contains(err.Error(), "max_event_channels") {
			t.Error(err)
		}
		w.nothingLeft()
	})
	t.Run("client's ports", func(t *testing.T) {
		w := newWorld(t)
		w.client.SetMaxEventChannels(0)
		w.listen(vchan.Rings{})
		if _, err := vchan.Dial(within(t), w.cp, 1, path); err == nil || !strings.Contains(err.Error(), "max_event_channels") {
			t.Error(err)
		}
		w.nothingLeft(w.client)
	})
	t.Run("xenstore", func(t *testing.T) {
		w := newWorld(t)
		q := xenstored.DefaultQuotas
		q.Nodes = 3
		w.host.Xenstored().SetQuotas(q)
		_, err := vchan.Listen(within(t), w.sp, 2, path, vchan.Rings{})
		if !errors.Is(err, store.ErrQuota) {
			t.Error(err)
		}
		w.nothingLeft()
	})
}

// TestDialsShareAWatch: clients that wait for one server at many paths have one watch between them, each finds its own offer,
// and the watch goes with the last.
func TestDialsShareAWatch(t *testing.T) {
	w := newWorld(t)
	ctx := within(t)
	const dials = 200 // more than xenstored allows watches
	var all sync.WaitGroup
	for i := range dials {
		all.Go(func() {
			c, err := vchan.Dial(ctx, w.cp, 1, vchan.Path(2, uint32(1000+i)))
			if err != nil {
				t.Error(err)
				return
			}
			c.Close()
		})
	}
	for i := range dials {
		l, err := vchan.Listen(ctx, w.sp, 2, vchan.Path(2, uint32(1000+i)), vchan.Rings{})
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := w.host.Xenstored().Held(2); n > 1 {
			t.Fatalf("the clients hold %d watches", n)
		}
		c, err := l.AcceptContext(ctx)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		l.Close()
	}
	all.Wait()
	w.nothingLeft(w.client)
}

// TestGone: an end that neither reads nor writes is told whether the other one is there, also of a domain that was destroyed.
func TestGone(t *testing.T) {
	w := newWorld(t)
	a, b := w.connect(vchan.Rings{})
	b.Write([]byte("unread"))
	if a.Gone() {
		t.Error("the partner is said to be gone and is not")
	}
	w.client.Kill()
	if !a.Gone() {
		t.Error("a domain that was destroyed is said to be there")
	}
}
