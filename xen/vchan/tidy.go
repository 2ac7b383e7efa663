// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Directories of clients that nothing is offered to any more. Any goroutine.

package vchan

import (
	"context"
	"errors"
	"strings"

	"github.com/domlet/domlet/xen/store"
)

// kept is how many directories of clients a server leaves in xenstore. To take one away with its last offer, and no neighbour's
// new one with it, is a transaction, which costs as much as all the rest of a meeting and fails while others meet there.
const kept = 32

// tidy takes away the directories of clients with nothing in them, when there are many: a server of ever new clients would
// otherwise use up the nodes that its domain may have. What xenstored refuses stays as it is: somebody else's, or for lack of a
// transaction.
func (l *Listener) tidy(ctx context.Context) error {
	all := at(l.own, custom)
	if !strings.HasPrefix(l.path, all+"/") {
		return nil
	}
	names, err := l.p.Store.List(ctx, all)
	if len(names) <= kept {
		return unlessRefused(err)
	}
	for _, name := range names {
		if err := unlessRefused(l.sweep(ctx, all+"/"+name)); err != nil {
			return err
		}
	}
	return nil
}

// sweep takes a directory away if nothing is in it.
func (l *Listener) sweep(ctx context.Context, dir string) error {
	return l.p.Store.Transaction(ctx, func(tx *store.Tx) error {
		below, err := tx.List(ctx, dir)
		if err != nil || len(below) > 0 {
			return err
		}
		return tx.Remove(ctx, dir)
	})
}

// unlessRefused is an error that is not xenstored's answer.
func unlessRefused(err error) error {
	var refused *store.Error
	if errors.As(err, &refused) {
		return nil
	}
	return err
}
