// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Channels closed under those who use them. Host; meant for the race detector.

package xentest

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/domlet/domlet/xen/evtchn"
)

// TestCloseUnderUse closes both ends, or kills a domain, while goroutines use
// the channel in every way; each of them must be told, and no port may be left.
func TestCloseUnderUse(t *testing.T) {
	h := New(t, 1)
	for i := range 300 {
		a, b := pair(t, h)
		var users sync.WaitGroup
		for _, c := range []*evtchn.Channel{a, b} {
			use(t, &users, c)
		}
		if i%2 == 0 {
			h.Domain(1).Kill()
		} else if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		users.Wait()
		if n := h.Domain(1).Ports() + h.Domain(2).Ports(); n != 0 {
			t.Fatalf("%d ports left", n)
		}
	}
}

// use has goroutines use a channel until they are told that it is closed.
func use(t *testing.T, users *sync.WaitGroup, c *evtchn.Channel) {
	for _, f := range []func() error{
		c.Notify, c.Mask, c.Unmask,
		func() error { c.Interrupt(); _, err := c.Status(); return err },
		func() error { return c.Wait(t.Context()) },
	} {
		users.Go(func() {
			err := f()
			for err == nil {
				err = f()
			}
			if !errors.Is(err, os.ErrClosed) && !isRefusal(err) {
				t.Errorf("a user was told %v", err)
			}
		})
	}
}

// isRefusal is what a domain that has just been killed may be told by Xen.
func isRefusal(err error) bool {
	var refused *evtchn.Error
	return errors.As(err, &refused)
}

func TestOneWaiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, b := pair(t, New(t, 1))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- b.Wait(ctx) }()
		synctest.Wait()
		if err := b.WaitUntil(time.Time{}); err == nil || errors.Is(err, os.ErrClosed) {
			t.Errorf("a second waiter is told %v", err)
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the first waiter is told %v", err)
		}
	})
}

// A wait that ends for another reason leaves an event that came with it to the
// next.
func TestCancelledWaitKeepsEvent(t *testing.T) {
	h := New(t, 1)
	a, b := pair(t, h)
	for range 300 {
		ctx, cancel := context.WithCancel(t.Context())
		go a.Notify()
		go cancel()
		if err := b.Wait(ctx); err != nil {
			if err := within(b, 2*time.Minute); err != nil {
				t.Fatalf("the event is lost: %v", err)
			}
		}
		cancel()
		for within(b, time.Millisecond) == nil {
			// A nil too many is allowed.
		}
	}
}

// A closed channel says so also to those who would not have waited.
func TestClosedWithoutWait(t *testing.T) {
	a, _ := pair(t, New(t, 1))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Wait(over); err != os.ErrClosed {
		t.Errorf("a context that has ended: %v", err)
	}
	if err := a.WaitUntil(time.Unix(1, 0)); err != os.ErrClosed {
		t.Errorf("a deadline that has passed: %v", err)
	}
}
