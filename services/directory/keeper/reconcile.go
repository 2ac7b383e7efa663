// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Making the nodes what they should be. Dom0; any goroutine.

package keeper

import (
	"context"
	"fmt"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

// pair is two domains by their numbers.
type pair struct{ client, service abi.Domid_t }

// Result is what Reconcile found and did.
type Result struct {
	// Domains are the names of the domains there are, by their numbers.
	Domains map[abi.Domid_t]string
	// Attached are the wishes that are fulfilled, with the numbers of the client
	// and of the service's domain.
	Attached map[Wish][2]abi.Domid_t
	// Changes says, a line each, what was not so before.
	Changes []string
}

// Reconcile makes the nodes of all domains what the wishes say. Calls that overlap
// do no harm.
func (k *Keeper) Reconcile(ctx context.Context) (*Result, error) {
	w, err := k.look(ctx)
	if err != nil {
		return nil, err
	}
	wishes, err := k.Wishes(ctx)
	if err != nil {
		return nil, err
	}
	r := &Result{Domains: w.names, Attached: map[Wish][2]abi.Domid_t{}}
	wanted := map[pair]bool{}
	for _, wish := range wishes {
		client, ok := w.ids[wish.Client]
		service, also := w.ids[wish.Service]
		if !ok || !also || client == service {
			continue
		}
		wanted[pair{client, service}] = true
		r.Attached[wish] = [2]abi.Domid_t{client, service}
	}
	if err := k.removeOthers(ctx, w, wanted, r); err != nil {
		return nil, err
	}
	for wish, ids := range r.Attached {
		if err := k.ensure(ctx, w, wish, pair{ids[0], ids[1]}, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// removeOthers removes what is not wanted, in the directories of all domains.
func (k *Keeper) removeOthers(ctx context.Context, w *world, wanted map[pair]bool, r *Result) error {
	for id := range w.names {
		asClient, err := k.entries(ctx, directory.ServicesPath(id))
		if err != nil {
			return err
		}
		for _, service := range asClient {
			if err := k.removeUnless(ctx, w, wanted, pair{id, service}, r); err != nil {
				return err
			}
		}
		asService, err := k.entries(ctx, directory.ClientsPath(id))
		if err != nil {
			return err
		}
		for _, client := range asService {
			if err := k.removeUnless(ctx, w, wanted, pair{client, id}, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// entries lists the domains that one of a domain's directories names.
func (k *Keeper) entries(ctx context.Context, dir string) ([]abi.Domid_t, error) {
	names, err := list(ctx, k.Store.Nodes, dir)
	var ids []abi.Domid_t
	for _, name := range names {
		if id, ok := directory.ParseID(name); ok {
			ids = append(ids, id)
		}
	}
	return ids, err
}

// removeUnless removes both halves of a pair that is not wanted.
func (k *Keeper) removeUnless(ctx context.Context, w *world, wanted map[pair]bool, p pair, r *Result) error {
	if wanted[p] {
		return nil
	}
	removed := false
	err := k.transaction(ctx, func(tx *store.Tx) error {
		removed = false
		for _, entry := range p.entries() {
			there, err := removeEntry(ctx, tx, entry)
			if err != nil {
				return err
			}
			removed = removed || there
		}
		return nil
	})
	if removed && err == nil {
		r.Changes = append(r.Changes, fmt.Sprintf("detached %s from %s", w.title(p.client), w.title(p.service)))
	}
	return err
}

// entries are the pair's nodes: with the service's domain, and with the client.
func (p pair) entries() [2]string {
	return [2]string{
		directory.Entry(directory.ClientsPath(p.service), p.client),
		directory.Entry(directory.ServicesPath(p.client), p.service),
	}
}

// title is how a domain is called in messages.
func (w *world) title(id abi.Domid_t) string {
	if name := w.names[id]; name != "" {
		return fmt.Sprintf("%s (%d)", name, id)
	}
	return fmt.Sprintf("%d, which is gone,", id)
}

// ensure makes a pair's nodes right. Where either domain is gone meanwhile, the
// next round has it.
func (k *Keeper) ensure(ctx context.Context, w *world, wish Wish, p pair, r *Result) error {
	said := ""
	err := k.transaction(ctx, func(tx *store.Tx) error {
		said = ""
		for name, id := range map[string]abi.Domid_t{wish.Client: p.client, wish.Service: p.service} {
			if still, err := isStill(ctx, tx, id, w.byName[name]); err != nil || !still {
				return err
			}
		}
		h, err := readHalves(ctx, tx, p)
		if err != nil {
			return err
		}
		domain := w.byName[wish.Client]
		line := domain.String()
		switch {
		case !h.agree() || h.as != wish.As:
			said = "attached"
			return k.make(ctx, tx, p, line, wish.As)
		case h.line != line:
			said = "updated"
			return tx.Write(ctx, p.entries()[0], directory.FormatEntry(h.numbers[0], line))
		}
		return nil
	})
	if said != "" && err == nil {
		r.Changes = append(r.Changes, fmt.Sprintf("%s %s to %s as %s", said, w.title(p.client), w.title(p.service), wish.As))
	}
	return err
}
