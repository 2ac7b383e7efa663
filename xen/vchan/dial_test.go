// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How an attempt to connect ends. Host.

package vchan_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/vchan"
)

// TestDialEnds: who has connected, or given up, looks after the server's domain no longer.
func TestDialEnds(t *testing.T) {
	w := newWorld(t)
	hands := &byHand{}
	w.cp.Clock = hands
	w.listen(vchan.Rings{})
	c, err := vchan.Dial(within(t), w.cp, 1, path)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	ended, end := context.WithCancel(within(t))
	end()
	if _, err := vchan.Dial(ended, w.cp, 1, path); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for range 3 {
		hands.turn()
	}
	if n := len(hands.due); n > 0 {
		t.Errorf("%d timers run on", n)
	}
}

// forbidding is event channels that Xen, or Linux, allows nobody to bind.
type forbidding struct{ evtchn.Bus }

func (forbidding) Interdomain(peer abi.Domid_t, port evtchn.Port) (*evtchn.Channel, error) {
	return nil, &evtchn.Error{Op: evtchn.OpInterdomain(peer, port), Errno: syscall.EPERM}
}

// TestForbidden: what the client may not do is no offer that it may not read, and is not waited for.
func TestForbidden(t *testing.T) {
	w := newWorld(t)
	w.listen(vchan.Rings{})
	w.cp.Events = forbidding{w.cp.Events}
	if _, err := vchan.Dial(within(t), w.cp, 1, path); !errors.Is(err, syscall.EPERM) || errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	w.nothingLeft(w.client)
}

// byHand is a clock whose timers fire when the test says so, and cannot be stopped.
type byHand struct {
	mu  sync.Mutex
	due []func()
}

func (*byHand) Now() time.Time { return time.Now() }
func (*byHand) Stop() bool     { return false }

func (h *byHand) AfterFunc(d time.Duration, f func()) clock.Timer {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.due = append(h.due, f)
	return h
}

// turn has all timers fire that run now.
func (h *byHand) turn() {
	h.mu.Lock()
	due := h.due
	h.due = nil
	h.mu.Unlock()
	for _, f := range due {
		f()
	}
}

// TestClientGivesUp: with its context, and says what it waited for.
func TestClientGivesUp(t *testing.T) {
	w := newWorld(t)
	said := false
	for d := 10 * time.Millisecond; !said && d < patience; d *= 2 { // it may pass before Dial has looked
		ctx, cancel := context.WithTimeout(t.Context(), d)
		_, err := vchan.Dial(ctx, w.cp, 1, path)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		said = strings.Contains(err.Error(), "its owner has to permit it")
	}
	if !said {
		t.Error("it does not say what it waited for")
	}
	w.nothingLeft(w.client)
}

// TestNoDomain: a domain that is not there is not waited for, and one that dies is waited for no longer.
func TestNoDomain(t *testing.T) {
	w := newWorld(t)
	w.cp.Clock = hasty{}
	for _, p := range []*platform.Platform{w.cp, w.host.Domain(0).Platform()} {
		if _, err := vchan.Dial(within(t), p, 77, path); err == nil || !strings.Contains(err.Error(), "no such domain") {
			t.Error(err)
		}
	}
	time.AfterFunc(5*time.Millisecond, w.server.Kill)
	if _, err := vchan.Dial(within(t), w.cp, 1, path); err == nil || !strings.Contains(err.Error(), "no such domain") {
		t.Error(err)
	}
	w.nothingLeft(w.client)
}

// TestDomainDiesAtItsOffer: who dials it is told so wherever the news finds him, also between the steps of an attempt.
func TestDomainDiesAtItsOffer(t *testing.T) {
	for n := range 100 {
		w := newWorld(t)
		w.cp.Clock = frantic{}
		w.offer("7") // a page that nobody shares: Dial tries it again and again
		time.AfterFunc(time.Duration(n)*50*time.Microsecond, w.server.Kill)
		if _, err := vchan.Dial(within(t), w.cp, 1, path); err == nil || !strings.Contains(err.Error(), "no such domain") {
			t.Fatal(err)
		}
		w.nothingLeft(w.client)
	}
}

// offer has the server's nodes say value, whatever it is.
func (w *world) offer(value string) {
	for _, node := range []string{"/ring-ref", "/event-channel"} {
		w.server.Store().Write(within(w.t), path+node, value)
		w.server.Store().SetPermissions(within(w.t), path+node, store.Permission{Domain: 1, Access: store.NoAccess}, store.Permission{Domain: 2, Access: store.ReadOnly})
	}
}

// TestUnfinishedDomain: a domain that the toolstack still builds, and has not introduced to xenstored, is waited for.
func TestUnfinishedDomain(t *testing.T) {
	w := newWorld(t)
	w.host.Xenstored().Retract(w.server.ID())
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := vchan.Dial(ctx, w.host.Domain(0).Platform(), w.server.ID(), path); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestNonsense: a server's nodes may hold anything.
func TestNonsense(t *testing.T) {
	for _, value := range []string{"", "0", "-1", "x", "4294967296", "99999999999999999999", " 7 ", strings.Repeat("1", 2000)} {
		w := newWorld(t)
		w.offer(value)
		ctx := within(t)
		if value == " 7 " { // a number all the same, of a page that nobody shares: Dial waits for another offer
			ctx = passing(t)
		}
		if _, err := vchan.Dial(ctx, w.cp, 1, path); err == nil || value != " 7 " && !strings.Contains(err.Error(), "no number above 0") {
			t.Errorf("%q: %v", value, err)
		}
		w.nothingLeft(w.client)
	}
}
