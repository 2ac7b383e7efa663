// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Watches. Host.

package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/xentest/xenstored"
)

// settle waits until xenstored holds no watch and no transaction of a domain's.
func settle(t *testing.T, d *xenstored.Daemon, id abi.Domid_t) {
	t.Helper()
	for range 60_000 {
		if watches, open := d.Held(id); watches+open == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
	watches, open := d.Held(id)
	t.Errorf("xenstored still holds %d watches and %d transactions", watches, open)
}

// pull starts an iteration and takes its first value.
func pull(t *testing.T, ctx context.Context, c *store.Client, path string) (next func() string, stop func()) {
	t.Helper()
	events, stop := iter.Pull2(c.Watch(ctx, path))
	next = func() string {
		t.Helper()
		changed, err, ok := events()
		if err != nil || !ok {
			t.Fatalf("watch %s: %v, %v", path, err, ok)
		}
		return changed
	}
	if first := next(); first != path {
		t.Errorf("the first event of %s is for %s", path, first)
	}
	return next, stop
}

func TestWatch(t *testing.T) {
	d, dom0, dom5 := world(t)
	ctx := within(t)
	next, stop := pull(t, ctx, dom5, "data")
	must(t, dom0.Write(ctx, "/local/domain/5/data/a/b", "1"))
	if got := next(); got != "data/a/b" {
		t.Errorf("event for %s", got)
	}
	must(t, dom5.Remove(ctx, "data/a"))
	if got := next(); got != "data/a" {
		t.Errorf("event for %s", got)
	}
	stop()
	settle(t, d, 5)
}

func TestWatchOfWhatIsRemovedAbove(t *testing.T) {
	_, _, dom5 := world(t)
	ctx := within(t)
	must(t, dom5.Write(ctx, "data/a/b/c", "1"))
	next, stop := pull(t, ctx, dom5, "data/a/b/c")
	defer stop()
	must(t, dom5.Remove(ctx, "data/a"))
	if got := next(); got != "data/a/b/c" {
		t.Errorf("event for %s", got)
	}
}

func TestWatchDomains(t *testing.T) {
	d, dom0, _ := world(t)
	next, stop := pull(t, within(t), dom0, "@releaseDomain")
	defer stop()
	d.Release(5)
	if got := next(); got != "@releaseDomain" {
		t.Errorf("event for %s", got)
	}
}

// Watchers of one path share one watch; each gets a first event.
func TestWatchersShare(t *testing.T) {
	d, _, dom5 := world(t)
	ctx := within(t)
	var nexts []func() string
	var stops []func()
	for range 300 {
		next, stop := pull(t, ctx, dom5, "data/x")
		nexts, stops = append(nexts, next), append(stops, stop)
	}
	if watches, _ := d.Held(5); watches != 1 {
		t.Errorf("%d watches", watches)
	}
	must(t, dom5.Write(ctx, "data/x", "1"))
	for _, next := range nexts {
		if got := next(); got != "data/x" {
			t.Errorf("event for %s", got)
		}
	}
	for _, stop := range stops {
		stop()
	}
	settle(t, d, 5)
}

// A watcher that is far behind learns that something changed, not each path.
func TestWatcherFallsBehind(t *testing.T) {
	_, _, dom5 := world(t)
	ctx := within(t)
	next, stop := pull(t, ctx, dom5, "data")
	defer stop()
	for i := range 200 {
		must(t, dom5.Write(ctx, fmt.Sprintf("data/%d", i), ""))
	}
	must(t, dom5.Write(ctx, "data/last", ""))
	var got []string
	for len(got) == 0 || got[len(got)-1] != "data/last" {
		got = append(got, next())
	}
	if len(got) > 64 || !slices.Contains(got, "data") {
		t.Errorf("%d events: %q", len(got), got)
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	d, _, dom5 := world(t)
	ctx, cancel := context.WithCancel(within(t))
	events, stop := iter.Pull2(dom5.Watch(ctx, "data/x"))
	defer stop()
	if _, err, _ := events(); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err, _ := events(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, _, ok := events(); ok {
		t.Error("there is a value behind the error")
	}
	settle(t, d, 5)
}

func TestWatchEndsWithItsClient(t *testing.T) {
	_, _, dom5 := world(t)
	events, stop := iter.Pull2(dom5.Watch(within(t), "data/x"))
	defer stop()
	events()
	dom5.Close()
	if _, err, _ := events(); !errors.Is(err, fs.ErrClosed) {
		t.Error(err)
	}
	for _, err := range dom5.Watch(within(t), "data/x") {
		if !errors.Is(err, fs.ErrClosed) {
			t.Error(err)
		}
	}
}

// A watch that nobody waits for any more when xenstored sets it goes away again.
func TestWatchLeftWhileItIsSet(t *testing.T) {
	d, _, dom5 := world(t)
	d.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	for _, err := range dom5.Watch(ctx, "data/x") {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	}
	d.Continue()
	must(t, dom5.Mkdir(within(t), "data/y"))
	settle(t, d, 5)
}

// A watch that nobody wants any more when xenstored refuses it takes nothing from the next one of the same path, which others
// then share.
func TestRefusedTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, dom0, dom5 := world(t)
		defer dom0.Close()
		defer dom5.Close()
		d.SetQuotas(xenstored.Quotas{Watches: 1})
		ctx, cancel := context.WithCancel(t.Context())
		_, stop := pull(t, ctx, dom5, "only")
		d.Stop()
		cancel()
		for range dom5.Watch(ctx, "x") { // nobody waits for it
		}
		stop()
		events, stop := iter.Pull2(dom5.Watch(t.Context(), "x"))
		defer stop()
		begun := make(chan error)
		go func() {
			_, err, _ := events()
			begun <- err
		}()
		synctest.Wait()
		d.Continue()
		must(t, <-begun)
		_, stop = pull(t, t.Context(), dom5, "x")
		stop()
	})
}
