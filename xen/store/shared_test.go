// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Watches of which there may be very many. Host.

package store_test

import (
	"fmt"
	"iter"
	"testing"
)

// TestWatchShared: more watches than a domain may have, each of which hears of its own path and of no other, also when that is
// removed; then none is left.
func TestWatchShared(t *testing.T) {
	d, dom0, dom5 := world(t)
	ctx := within(t)
	const many = 300
	path := func(i int) string { return fmt.Sprintf("/local/domain/5/data/%d", i) }
	hear := make([]func() string, many)
	for i := range many {
		events, stop := iter.Pull2(dom5.WatchShared(ctx, "/local/domain", path(i)))
		defer stop()
		hear[i] = func() string {
			t.Helper()
			changed, err, _ := events()
			must(t, err)
			return changed
		}
		if got := hear[i](); got != path(i) {
			t.Fatalf("the first event of %s is for %s", path(i), got)
		}
	}
	if watches, _ := d.Held(5); watches > 100 {
		t.Errorf("%d watches", watches)
	}
	for i := range many {
		must(t, dom0.Write(ctx, path(i)+"/below", "1"))
		if got := hear[i](); got != path(i)+"/below" {
			t.Errorf("event for %s", got)
		}
	}
	must(t, dom0.Remove(ctx, path(many-1)))
	if got := hear[many-1](); got != path(many-1) {
		t.Errorf("event for %s", got)
	}
}
