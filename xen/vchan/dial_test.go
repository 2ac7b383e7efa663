// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How an attempt to connect ends. Host.

package vchan_test

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/evtchn"
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
