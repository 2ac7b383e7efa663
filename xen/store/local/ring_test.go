// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The ring with a xenstored in memory behind it, and with one that breaks it.
// Host.

package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/xen/bytering"
	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/raw"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/xentest"
	"github.com/domlet/domlet/xen/xentest/xenstored"
)

// swapped is the xenstore page as xenstored sees it.
var swapped = bytering.Layout{
	In: bytering.Xenstore.Out, InSize: bytering.Xenstore.OutSize, InCons: bytering.Xenstore.OutCons, InProd: bytering.Xenstore.OutProd,
	Out: bytering.Xenstore.In, OutSize: bytering.Xenstore.InSize, OutCons: bytering.Xenstore.InCons, OutProd: bytering.Xenstore.InProd,
}

// shared is a xenstore page with both of its sides.
type shared struct {
	page        raw.Page
	ours        *bytering.Messages
	theirs      *bytering.Ring
	event, peer *evtchn.Channel
}

func newShared(t *testing.T) *shared {
	addr, _ := testkit.Zeroed(t, raw.PageSize)
	s := &shared{page: raw.At(addr), ours: new(bytering.Messages), theirs: new(bytering.Ring)}
	s.ours.Init(addr, &bytering.Xenstore)
	s.theirs.Init(addr, &swapped)
	host := xentest.New(t, 1)
	var err error
	if s.event, err = host.Domain(5).Events().Unbound(0); err == nil {
		s.peer, err = host.Domain(0).Events().Interdomain(5, s.event.Port())
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// serve moves bytes between the ring and a connection of the daemon's, until the
// channel is closed.
func (s *shared) serve(d *xenstored.Daemon) {
	conn := d.Connect(5)
	defer conn.Close()
	var out lockedBuffer
	go func() {
		io.Copy(&out, conn)
	}()
	buf := make([]byte, 700)
	for {
		moved := false
		for n := s.theirs.Read(buf); n > 0; n = s.theirs.Read(buf) {
			conn.Write(buf[:n])
			moved = true
		}
		if n := s.theirs.Write(out.peek()); n > 0 {
			out.drop(n)
			moved = true
		}
		if moved {
			s.peer.Notify()
			continue
		}
		if err := s.peer.WaitUntil(time.Now().Add(time.Millisecond)); errors.Is(err, fs.ErrClosed) {
			return
		}
	}
}

// lockedBuffer is what xenstored has said and the ring had no room for.
type lockedBuffer struct {
	mu sync.Mutex
	b  []byte
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = append(l.b, p...)
	return len(p), nil
}

func (l *lockedBuffer) peek() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]byte(nil), l.b...)
}

func (l *lockedBuffer) drop(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = l.b[n:]
}

// connected returns a client over a ring that a daemon serves.
func connected(t *testing.T) (*shared, *store.Client) {
	s := newShared(t)
	d := xenstored.New()
	d.Introduce(5)
	d.SetQuotas(xenstored.Quotas{Nodes: 1000, NodeSize: 1 << 16, Watches: 128, Transactions: 10, Permissions: 5})
	var served sync.WaitGroup
	served.Go(func() { s.serve(d) })
	c := store.New(newRing(s.ours, s.event), store.Options{})
	t.Cleanup(func() {
		c.Close()
		s.peer.Close()
		served.Wait()
	})
	return s, c
}

// Messages of all sizes, also longer than the ring, by many goroutines.
func TestRing(t *testing.T) {
	_, c := connected(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var all sync.WaitGroup
	for g := range 16 {
		all.Go(func() {
			path := fmt.Sprintf("data/%d", g)
			for _, size := range []int{0, 1, 10, 980, 1007, 1008, 1009, 1024, 2500, 4000} {
				want := strings.Repeat(string(rune('a'+g)), size)
				if err := c.Write(ctx, path, want); err != nil {
					t.Error(err)
				}
				if got, err := c.Read(ctx, path); got != want || err != nil {
					t.Errorf("%d bytes became %d, %v", size, len(got), err)
				}
			}
		})
	}
	all.Wait()
}

// Whatever xenstored does to its indices, callers get an error, and soon.
func TestRingBroken(t *testing.T) {
	for _, off := range []uint32{bytering.Xenstore.InProd, bytering.Xenstore.OutCons} {
		s := newShared(t)
		c := store.New(newRing(s.ours, s.event), store.Options{})
		result := make(chan error)
		go func() {
			_, err := c.Read(t.Context(), "x")
			result <- err
		}()
		s.peer.Wait(t.Context()) // the request is there
		s.page.Store32(off, 1<<31)
		s.peer.Notify()
		go c.Read(t.Context(), "y") // notices what the first, which is written, does not
		if err := <-result; !errors.Is(err, errBroken) {
			t.Errorf("index at %d: %v", off, err)
		}
	}
}

// Close ends a Write that waits for room and a Read that waits for bytes.
func TestRingClosed(t *testing.T) {
	s := newShared(t)
	r := newRing(s.ours, s.event)
	results := make(chan error)
	go func() {
		_, err := r.Read(make([]byte, 1))
		results <- err
	}()
	go func() {
		_, err := r.Write(make([]byte, 4000))
		results <- err
	}()
	for n := uint32(0); n < bytering.Xenstore.OutSize; n, _ = s.theirs.Pending() {
		s.peer.Wait(t.Context())
	}
	r.Close()
	for range 2 {
		if err := <-results; !errors.Is(err, fs.ErrClosed) {
			t.Error(err)
		}
	}
	if s.ours.Seal() {
		t.Error("a message was cut short, and another may follow it")
	}
}

// When the domain is ending, no message goes out.
func TestRingSealed(t *testing.T) {
	s := newShared(t)
	s.ours.Seal()
	if _, err := newRing(s.ours, s.event).Write([]byte("x")); !errors.Is(err, fs.ErrClosed) {
		t.Error(err)
	}
}

// TestRingRoom: xenstored, which sends a header and then what follows it, and sleeps while there is no room, is woken
// whenever there is again.
func TestRingRoom(t *testing.T) {
	s := newShared(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	const rounds = 200_000
	message := []int{16, 4000}
	var sending sync.WaitGroup
	sending.Go(func() {
		defer s.event.Close()
		for i := range 2 * rounds {
			for left := make([]byte, message[i%2]); len(left) > 0; {
				n := s.theirs.Write(left)
				if left = left[n:]; n > 0 {
					s.peer.Notify()
				} else if err := s.peer.Wait(ctx); err != nil {
					t.Errorf("part %d: there is room, and nobody said so: %v", i, err)
					return
				}
			}
		}
		for n, _ := s.theirs.Unsent(); n > 0; n, _ = s.theirs.Unsent() {
			time.Sleep(time.Millisecond)
		}
	})
	n, err := io.Copy(io.Discard, onlyReader{newRing(s.ours, s.event)})
	if n != rounds*4016 || !errors.Is(err, fs.ErrClosed) {
		t.Errorf("%d bytes arrived, %v", n, err)
	}
	sending.Wait()
}

// onlyReader has nothing but Read.
type onlyReader struct{ io.Reader }
