// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Transactions that conflict, fail, or are left. Host.

package store_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/domlet/domlet/xen/store"
)

// Many goroutines of two domains count up one node; no count is lost.
func TestTransactionsConflict(t *testing.T) {
	d, dom0, dom5 := world(t)
	ctx := within(t)
	const path, goroutines, rounds = "/local/domain/5/data/count", 4, 25
	must(t, dom5.Write(ctx, path, "0"))
	var all sync.WaitGroup
	for i := range 2 * goroutines {
		c := []*store.Client{dom0, dom5}[i%2]
		all.Go(func() {
			for range rounds {
				if err := c.Transaction(ctx, func(tx *store.Tx) error { return countUp(ctx, tx, path) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := read(t, dom0, path); got != strconv.Itoa(2*goroutines*rounds) {
		t.Errorf("counted to %s", got)
	}
	settle(t, d, 5)
}

// A transaction whose nodes somebody else changes before its end runs again, and
// sees the change.
func TestTransactionRunsAgain(t *testing.T) {
	d, dom0, dom5 := world(t)
	ctx := within(t)
	const path = "/local/domain/5/data/count"
	must(t, dom5.Write(ctx, path, "0"))
	runs := 0
	must(t, dom5.Transaction(ctx, func(tx *store.Tx) error {
		err := countUp(ctx, tx, path)
		if runs++; runs <= 3 {
			must(t, dom0.Write(ctx, path, strconv.Itoa(10*runs)))
		}
		return err
	}))
	if got := read(t, dom0, path); runs != 4 || got != "31" {
		t.Errorf("%d runs counted to %s", runs, got)
	}
	settle(t, d, 5)
}

func countUp(ctx context.Context, tx *store.Tx, path string) error {
	text, err := tx.Read(ctx, path)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	return tx.Write(ctx, path, strconv.Itoa(n+1))
}

func TestTransactionThatFails(t *testing.T) {
	d, _, dom5 := world(t)
	ctx := within(t)
	ours := errors.New("ours")
	var kept *store.Tx
	err := dom5.Transaction(ctx, func(tx *store.Tx) error {
		kept = tx
		must(t, tx.Write(ctx, "data/x", "1"))
		return ours
	})
	if !errors.Is(err, ours) {
		t.Error(err)
	}
	if _, err := dom5.Read(ctx, "data/x"); err == nil {
		t.Error("a failed transaction wrote")
	}
	if err := kept.Write(ctx, "data/x", "1"); err == nil || !strings.Contains(err.Error(), "over") {
		t.Errorf("a transaction that is over took a write: %v", err)
	}
	settle(t, d, 5)
}

// A panic in a transaction aborts it.
func TestTransactionThatPanics(t *testing.T) {
	d, _, dom5 := world(t)
	func() {
		defer func() { recover() }()
		dom5.Transaction(within(t), func(*store.Tx) error { panic("ours") })
	}()
	settle(t, d, 5)
}

// Whenever its context ends, a transaction leaves nothing behind.
func TestTransactionLeft(t *testing.T) {
	d, _, dom5 := world(t)
	for _, when := range []string{"begin", "inside", "commit"} {
		ctx, cancel := context.WithCancel(t.Context())
		if when == "begin" {
			d.Stop()
			go cancel()
		}
		err := dom5.Transaction(ctx, func(tx *store.Tx) error {
			if when == "inside" {
				cancel()
				return tx.Write(ctx, "data/x", "1")
			}
			d.Stop()
			go cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", when, err)
		}
		d.Continue()
		settle(t, d, 5)
		cancel()
	}
}
