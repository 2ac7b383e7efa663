// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Partners that die, lie, or are slow; events that come late or twice. Host.

package vchan_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/domlet/domlet/xen/vchan"
	"github.com/domlet/domlet/xen/xentest"
)

// hurry has both ends look after each other a hundred times a second.
func hurry(w *world) { w.sp.Clock, w.cp.Clock = hasty{}, hasty{} }

// TestKill kills either domain in the middle of a transfer both ways: the survivor's calls end, and it keeps nothing.
func TestKill(t *testing.T) {
	for _, victim := range []string{"server", "client"} {
		t.Run(victim, func(t *testing.T) {
			for range 50 {
				w := newWorld(t)
				hurry(w)
				a, b := w.connect(vchan.Rings{Read: 65536, Write: 4096})
				survivor, kill := a, w.client
				if victim == "server" {
					survivor, kill = b, w.server
				}
				var ends sync.WaitGroup
				for _, c := range []*vchan.Conn{a, b} {
					ends.Go(func() { io.Copy(io.Discard, c) })
					ends.Go(func() { io.Copy(c, endless{}) })
				}
				time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
				kill.Kill()
				ends.Wait()
				if _, err := survivor.Write([]byte("x")); !errors.Is(err, vchan.ErrGone) {
					t.Fatalf("the survivor writes: %v", err)
				}
				survivor.Close()
				if victim == "server" {
					w.nothingLeft(w.client)
				} else {
					w.nothingLeft(w.server)
				}
			}
		})
	}
}

// endless yields bytes for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// TestKillIdle: a Read, a Write and a Drain that wait for nothing but the partner notice its death too.
func TestKillIdle(t *testing.T) {
	for name, call := range map[string]func(c *vchan.Conn) error{
		"read":  func(c *vchan.Conn) error { _, err := c.Read(make([]byte, 1)); return err },
		"write": func(c *vchan.Conn) error { _, err := c.Write(make([]byte, 1<<20)); return err },
		"drain": func(c *vchan.Conn) error { c.Write([]byte("x")); return c.Drain() },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			hurry(w)
			a, _ := w.connect(vchan.Rings{})
			time.AfterFunc(5*time.Millisecond, w.client.Kill)
			if err := call(a); err != io.EOF && !errors.Is(err, vchan.ErrGone) {
				t.Error(err)
			}
		})
	}
}

// TestSlowEvents: late and repeated events change nothing but the time it takes.
func TestSlowEvents(t *testing.T) {
	w := newWorld(t)
	a, b := w.connect(vchan.Rings{Read: 4096, Write: 4096})
	w.host.SetFaults(xentest.Faults{RepeatEvent: 0.3, DelayEvent: 0.3, MaxDelay: time.Millisecond})
	var ways sync.WaitGroup
	ways.Go(func() { pour(t, a, b, 300_000) })
	ways.Go(func() { pour(t, b, a, 300_000) })
	ways.Wait()
}

// TestServerMissesFirstEvent: a server that overlooks the event of a client's first bytes gets another one.
func TestServerMissesFirstEvent(t *testing.T) {
	w := newWorld(t)
	hurry(w)
	a, b := w.connect(vchan.Rings{})
	go io.Copy(a, a)
	time.Sleep(5 * time.Millisecond) // the server waits
	w.host.SetFaults(xentest.Faults{DropEvent: 1})
	b.Write([]byte("x"))
	w.host.SetFaults(xentest.Faults{})
	b.SetReadDeadline(time.Now().Add(patience))
	if n, err := b.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// TestMappingFails: whichever of the client's mappings fails, Dial says so and keeps nothing.
func TestMappingFails(t *testing.T) {
	w := newWorld(t)
	w.listen(vchan.Rings{Read: 8192, Write: 8192})
	w.host.SetFaults(xentest.Faults{MapFails: 0.2})
	failed := 0
	for range 100 {
		c, err := vchan.Dial(within(t), w.cp, 1, path)
		if err == nil {
			c.Close()
			break
		}
		failed++
		w.nothingLeft(w.client)
	}
	if failed == 100 {
		t.Error("a hundred attempts failed")
	}
}

// TestFlippedBytes: a partner that writes anything anywhere makes connections fail or carry nonsense. It never makes a
// call panic, reach outside its ring, or hang once the connection is closed.
func TestFlippedBytes(t *testing.T) {
	for range 30 {
		w := newWorld(t)
		hurry(w)
		l := w.listen(vchan.Rings{Read: 4096, Write: 1 << rand.IntN(15)})
		stop := make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					w.host.Flip(3)
					time.Sleep(50 * time.Microsecond)
				}
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		use := func(c *vchan.Conn, err error) {
			if err != nil {
				return
			}
			all.Go(func() { io.Copy(io.Discard, c) })
			all.Go(func() { io.Copy(c, endless{}) })
			time.Sleep(3 * time.Millisecond)
			c.Close()
		}
		all.Go(func() { use(vchan.Dial(ctx, w.cp, 1, path)) })
		use(l.AcceptContext(ctx))
		cancel()
		l.Close()
		close(stop)
		all.Wait()
	}
}
