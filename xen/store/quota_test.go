// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// xenstored's quotas, and what the client says of them. Host.

package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/domlet/domlet/xen/store"
)

// wantQuota wants an error that is ErrQuota and names a limit.
func wantQuota(t *testing.T, err error, limit string) {
	t.Helper()
	if !errors.Is(err, store.ErrQuota) || !strings.Contains(err.Error(), limit) {
		t.Errorf("%v, want a quota of %s", err, limit)
	}
}

func TestQuotaOfNodes(t *testing.T) {
	_, _, dom5 := world(t)
	ctx := within(t)
	var err error
	made := 0
	for ; err == nil && made < 1100; made++ {
		err = dom5.Write(ctx, fmt.Sprintf("data/%d/%d", made/30, made%30), "")
	}
	wantQuota(t, err, "1000")
	must(t, dom5.Remove(ctx, "data/0"))
	must(t, dom5.Write(ctx, "data/again", ""))
}

func TestQuotaOfNodeSize(t *testing.T) {
	_, _, dom5 := world(t)
	wantQuota(t, dom5.Write(within(t), "data/x", strings.Repeat("x", 2100)), "2048 bytes")
}

func TestQuotaOfPermissions(t *testing.T) {
	_, _, dom5 := world(t)
	must(t, dom5.Mkdir(within(t), "data/x"))
	perms := []store.Permission{{Domain: 5, Access: store.NoAccess}}
	for len(perms) < 7 {
		perms = append(perms, store.Permission{Domain: 9, Access: store.ReadOnly})
	}
	wantQuota(t, dom5.SetPermissions(within(t), "data/x", perms...), "5 permissions")
}

func TestQuotaOfTransactions(t *testing.T) {
	d, _, dom5 := world(t)
	ctx := within(t)
	var nest func(depth int) error
	nest = func(depth int) error {
		return dom5.Transaction(ctx, func(*store.Tx) error { return nest(depth + 1) })
	}
	wantQuota(t, nest(0), "10")
	must(t, dom5.Transaction(ctx, func(tx *store.Tx) error { return tx.Write(ctx, "data/x", "1") }))
	if _, open := d.Held(5); open != 0 {
		t.Errorf("%d transactions are left open", open)
	}
}

// One more watch than allowed fails, and does not disturb the others.
func TestQuotaOfWatches(t *testing.T) {
	d, _, dom5 := world(t)
	ctx, cancel := context.WithCancel(within(t))
	results := make(chan error)
	for i := range 128 {
		go func() {
			for _, err := range dom5.Watch(ctx, fmt.Sprintf("data/w%d", i)) {
				results <- err
			}
		}()
		must(t, <-results)
	}
	for _, err := range dom5.Watch(ctx, "data/more") {
		wantQuota(t, err, "128")
	}
	must(t, dom5.Write(ctx, "data/w7", "x"))
	must(t, <-results)
	cancel()
	for range 128 {
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	settle(t, d, 5)
}
