// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What links live through: ends that go and come back, a toolstack that takes the
// interface away and gives it again, another MTU. Host.

package netif_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/domlet/domlet/net/netif"
	"github.com/domlet/domlet/xen/xentest"
)

// works wants packets to go both ways, to whom receives them.
func works(t *testing.T, a, b *netif.Link) {
	t.Helper()
	for _, way := range [][2]*netif.Link{{a, b}, {b, a}} {
		sent := []netif.Packet{{Data: make([]byte, 60)}, {Data: make([]byte, 9000)}}
		if n, err := way[0].Transmit(0, sent); n != 2 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		same(t, receive(t, way[1], 0, 2), sent)
	}
}

// TestNoInterface: what to do is in the error.
func TestNoInterface(t *testing.T) {
	w := newWorld(t)
	if _, err := netif.OpenFront(within(t), w.front.Platform(), 0, netif.Config{}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "vif=") {
		t.Error(err)
	}
	if _, err := netif.OpenBack(within(t), w.back.Platform(), 1, 0, netif.Config{}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "backend=") {
		t.Error(err)
	}
}

// TestLater: an interface that is not there yet is waited for, if that is wanted.
func TestLater(t *testing.T) {
	w := newWorld(t)
	f := w.openFront(netif.Config{Later: true})
	w.down(f)
	w.plug(0)
	b := w.openBack(netif.Config{})
	w.up(f)
	w.up(b)
	sent := []netif.Packet{{Data: []byte("fourteen bytes.")}}
	sendAll(t, b, 0, sent)
	same(t, receive(t, f, 0, 1), sent)
	f.Close()
	b.Close()
	w.nothingLeft()
}

// TestSegmentsWantBlanks: segments are for who takes blank checksums, because theirs are.
func TestSegmentsWantBlanks(t *testing.T) {
	w := newWorld(t)
	offered := netif.AllFeatures()
	offered.Checksum4, offered.Checksum6 = false, false
	_, back := w.link(netif.Config{Features: &offered}, netif.Config{})
	if p := back.Info().Peer; p != (netif.Features{ScatterGather: true}) {
		t.Errorf("the frontend takes %+v", p)
	}
}

// TestInfo: both ends know what the toolstack says, and what the other takes.
func TestInfo(t *testing.T) {
	w := newWorld(t)
	w.plug(0)
	w.set(frontPath(0)+"/mtu", 9000)
	front := w.openFront(netif.Config{Queues: 4, Features: &netif.Features{ScatterGather: true, Checksum4: true}})
	back := w.openBack(netif.Config{Queues: 2})
	want := netif.Info{Up: true, MAC: netif.MAC{0, 0x16, 0x3e, 1, 2, 3}, MTU: 9000, Peer: netif.AllFeatures(), Queues: 2}
	if i := w.up(front); i != want {
		t.Errorf("%+v", i)
	}
	want.MTU, want.Peer = 1500, netif.Features{ScatterGather: true, Checksum4: true}
	if i := w.up(back); i != want || i.MAC.String() != mac {
		t.Errorf("%+v", i)
	}
	if front.Queues() != 4 || back.Queues() != 2 {
		t.Errorf("%d and %d queues", front.Queues(), back.Queues())
	}
}

// TestChangesOfMTUAndAddress come while the link is in use, and without a gap in it.
func TestChangesOfMTUAndAddress(t *testing.T) {
	w := newWorld(t)
	front, back := w.link(netif.Config{}, netif.Config{})
	w.set(frontPath(0)+"/mtu", 1400)
	w.until(front, "of MTU 1400", func(i netif.Info) bool { return i.MTU == 1400 && i.Up })
	w.set(frontPath(0)+"/mac", "00:16:3e:ff:00:01")
	w.until(front, "of another address", func(i netif.Info) bool { return i.MAC[3] == 0xff && i.Up })
	w.set(backPath(0)+"/carrier", 0)
	w.until(front, "without carrier", func(i netif.Info) bool { return !i.Up })
	w.set(backPath(0)+"/carrier", 1)
	w.up(front)
	works(t, front, back)
	if s := front.Stats(); s.Connections != 1 {
		t.Errorf("%+v", s)
	}
}

// TestBackComesBack: a backend that closes in good order, and opens again; over and
// over, with packets in between, and nothing is left over.
func TestBackComesBack(t *testing.T) {
	w := newWorld(t)
	front, back := w.link(netif.Config{}, netif.Config{})
	for range 20 {
		works(t, front, back)
		back.Close()
		w.down(front)
		back = w.openBack(netif.Config{})
		w.up(front)
		w.up(back)
	}
	if s := front.Stats(); s.Connections != 21 || s.Violations != 0 {
		t.Errorf("%+v", s)
	}
	front.Close()
	back.Close()
	w.nothingLeft()
}

// TestFrontComesBack: the same for the frontend.
func TestFrontComesBack(t *testing.T) {
	w := newWorld(t)
	front, back := w.link(netif.Config{}, netif.Config{})
	for i := range 20 {
		works(t, front, back)
		front.Close()
		w.down(back)
		front = w.openFront(netif.Config{OneEvent: i%2 == 0})
		w.up(back)
		w.up(front)
	}
	front.Close()
	back.Close()
	w.nothingLeft()
}

// TestFewerQueues: a frontend that had four queues and now has one leaves no nodes
// that would mislead a backend.
func TestFewerQueues(t *testing.T) {
	w := newWorld(t)
	front, back := w.link(netif.Config{Queues: 4}, netif.Config{Queues: 4})
	front.Close()
	w.down(back)
	front = w.openFront(netif.Config{})
	w.up(front)
	if i := w.up(back); i.Queues != 1 {
		t.Errorf("%+v", i)
	}
	works(t, front, back)
}

// TestBackDies: the backend's domain is destroyed, and another one takes its place,
// as xl does it: with another path. The frontend keeps nothing of the first.
func TestBackDies(t *testing.T) {
	w := newWorld(t)
	front, _ := w.link(netif.Config{}, netif.Config{})
	w.back.Kill()
	w.must(w.host.Domain(0).Store().Remove(within(t), "/local/domain/2"))
	w.down(front)
	w.back = w.host.Domain(backDomain)
	w.plug(0)
	back := w.openBack(netif.Config{})
	w.up(front)
	w.up(back)
	works(t, front, back)
}

// TestFrontDies: the frontend's domain is destroyed; the backend lets go of it, and
// removes the interface when the toolstack asks for it.
func TestFrontDies(t *testing.T) {
	w := newWorld(t)
	w.clock = hasty{}
	_, back := w.link(netif.Config{}, netif.Config{})
	w.front.Kill()
	w.must(w.host.Domain(0).Store().Remove(within(t), "/local/domain/1"))
	w.down(back)
	w.await(backPath(0)+"/state", "6")
	w.set(backPath(0)+"/online", 0)
	w.await(backPath(0)+"/frontend", "")
	w.keepsNothing(w.back, unconnected)
}

// TestUnplug: the toolstack takes the interface away, under load, and gives it
// again. Both ends stay open all the time.
func TestUnplug(t *testing.T) {
	w := newWorld(t)
	front, back := w.link(netif.Config{}, netif.Config{})
	go func() {
		p := []netif.Packet{{Data: make([]byte, 1500)}}
		for {
			if _, err := front.Transmit(0, p); err != nil {
				return
			}
			back.Transmit(0, p)
		}
	}()
	packets(front)
	packets(back)
	const times = 3 // each takes a second, for libxl's sake
	for range times {
		w.unplug(0)
		for _, l := range []*netif.Link{front, back} {
			if i := w.down(l); i.Err == nil || !strings.Contains(i.Err.Error(), "taken the interface away") {
				w.until(l, "told why", func(i netif.Info) bool { return i.Err != nil })
			}
		}
		w.plug(0)
		w.up(front)
		w.up(back)
	}
	if s := front.Stats(); s.Connections != times+1 || s.Violations != 0 {
		t.Errorf("%+v", s)
	}
	front.Close()
	back.Close()
	w.nothingLeft()
}

// TestStaleFrontend: a backend that finds a frontend connected to one before it has
// it begin anew.
func TestStaleFrontend(t *testing.T) {
	w := newWorld(t)
	front, back := w.link(netif.Config{}, netif.Config{})
	_ = back
	other := w.host.Domain(backDomain) // the same domain, as a new program in it would be
	second, err := netif.OpenBack(within(t), other.Platform(), frontDomain, 0, netif.Config{})
	w.must(err)
	back.Close()
	w.until(front, "connected again", func(i netif.Info) bool { return i.Up && front.Stats().Connections > 1 })
	second.Close()
}

// TestNoMemory: what runs out is named, at either end, and nothing is kept.
func TestNoMemory(t *testing.T) {
	t.Run("pages", func(t *testing.T) {
		w := newWorld(t)
		w.front.SetGrants(xentest.GrantConfig{Pages: 300})
		w.plug(0)
		front, _ := w.openFront(netif.Config{}), w.openBack(netif.Config{})
		i := w.until(front, "refusing", func(i netif.Info) bool { return i.Err != nil })
		if !strings.Contains(i.Err.Error(), "memory=") {
			t.Error(i.Err)
		}
		w.keepsNothing(w.front, unconnected) // in between two attempts
	})
	t.Run("maptrack", func(t *testing.T) {
		w := newWorld(t)
		w.back.SetGrants(xentest.GrantConfig{MaxMaps: 1})
		w.plug(0)
		back, _ := w.openBack(netif.Config{}), w.openFront(netif.Config{})
		i := w.until(back, "refusing", func(i netif.Info) bool { return i.Err != nil })
		if !strings.Contains(i.Err.Error(), "max_maptrack_frames") {
			t.Error(i.Err)
		}
	})
	t.Run("ports", func(t *testing.T) {
		w := newWorld(t)
		w.front.SetMaxEventChannels(1)
		w.plug(0)
		front, _ := w.openFront(netif.Config{}), w.openBack(netif.Config{})
		i := w.until(front, "refusing", func(i netif.Info) bool { return i.Err != nil })
		if !strings.Contains(i.Err.Error(), "max_event_channels") {
			t.Error(i.Err)
		}
	})
	t.Run("caller", func(t *testing.T) {
		w := newWorld(t)
		front, back := w.link(netif.Config{}, netif.Config{})
		for _, l := range [][2]*netif.Link{{front, back}, {back, front}} {
			l[0].Transmit(0, []netif.Packet{{Data: make([]byte, 60)}, {Data: make([]byte, 61)}})
			batch := make([]netif.Packet, 2)
			n, err := l[1].Receive(0, batch, func(n int) []byte {
				if n == 60 {
					return nil
				}
				return make([]byte, n)
			})
			if n != 1 || err != nil || len(batch[0].Data) != 61 || l[1].Stats().Dropped[netif.MemoryDrop] != 1 {
				t.Errorf("%d, %v, %+v", n, err, l[1].Stats())
			}
		}
	})
}

// TestTriesAgain: what was refused for want of something is tried again, without
// haste, and works when it is there; whichever end wanted it.
func TestTriesAgain(t *testing.T) {
	for _, front := range []bool{true, false} {
		w := newWorld(t)
		w.clock = hasty{}
		poor := w.back
		if front {
			poor = w.front
		}
		poor.SetMaxEventChannels(0)
		w.plug(0)
		a, b := w.openFront(netif.Config{}), w.openBack(netif.Config{})
		refused := b
		if front {
			refused = a
		}
		w.until(refused, "refusing", func(i netif.Info) bool { return i.Err != nil })
		poor.SetMaxEventChannels(100)
		w.up(a)
		w.up(b)
		works(t, a, b)
	}
}

// TestStoreEnds: a link cannot go on without xenstore, and says so to everybody.
func TestStoreEnds(t *testing.T) {
	w := newWorld(t)
	front, _ := w.link(netif.Config{}, netif.Config{})
	w.front.Store().Close()
	_, err := front.Receive(0, make([]netif.Packet, 1), nil)
	if err == nil || errors.Is(err, net.ErrClosed) || !errors.Is(err, fs.ErrClosed) {
		t.Error(err)
	}
}

// TestChangesEnd with their context.
func TestChangesEnd(t *testing.T) {
	w := newWorld(t)
	front, _ := w.link(netif.Config{}, netif.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, err := range front.Changes(ctx) {
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

// TestMAC: addresses that are none end nothing but the connection.
func TestMAC(t *testing.T) {
	for _, text := range []string{"", "00:16:3e:01:02", "00:16:3e:01:02:03:04", "0:16:3e:01:02:03", "00:16:3e:01:02:0g", "001:6:3e:01:02:03"} {
		w := newWorld(t)
		front, back := w.link(netif.Config{}, netif.Config{})
		w.set(frontPath(0)+"/mac", text)
		i := w.down(front)
		if i.Err == nil || !strings.Contains(i.Err.Error(), "no address") {
			t.Errorf("%q: %v", text, i.Err)
		}
		back.Close()
	}
}

// TestDevices: a backend is told of the interfaces it is to serve, and of their end.
func TestDevices(t *testing.T) {
	w := newWorld(t)
	w.plug(7)
	at, steps := 0, []struct {
		want []netif.Device
		then func()
	}{
		{[]netif.Device{{Front: 1, Number: 7}}, func() { w.plug(0) }},
		{[]netif.Device{{Front: 1, Number: 0}, {Front: 1, Number: 7}}, func() {
			w.must(w.host.Domain(0).Store().Remove(within(t), backPath(7)))
		}},
		{[]netif.Device{{Front: 1, Number: 0}}, func() {
			w.must(w.host.Domain(0).Store().Remove(within(t), backPath(0)))
		}},
		{nil, nil},
	}
	for now, err := range netif.Devices(within(t), w.back.Platform()) {
		w.must(err)
		if !slices.Equal(now, steps[at].want) {
			t.Fatalf("step %d: %v", at, now)
		}
		if at++; at == len(steps) {
			break
		}
		steps[at-1].then()
	}
}
