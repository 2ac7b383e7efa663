// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What there is, for people to read. Dom0; any goroutine.

package keeper

import (
	"context"
	"fmt"
	"strconv"

	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

// Status is what has become of a wish.
type Status struct {
	Wish
	// ClientID and ServiceID are the numbers of the domains, empty for one that
	// there is not, or not just once.
	ClientID, ServiceID string
	// Attached says that the nodes of both are there and agree.
	Attached bool
}

// Status tells of every wish, and changes nothing.
func (k *Keeper) Status(ctx context.Context) ([]Status, error) {
	w, err := k.look(ctx)
	if err != nil {
		return nil, err
	}
	wishes, err := k.Wishes(ctx)
	if err != nil {
		return nil, err
	}
	var all []Status
	for _, wish := range wishes {
		s := Status{Wish: wish, ClientID: w.number(wish.Client), ServiceID: w.number(wish.Service)}
		if s.ClientID != "" && s.ServiceID != "" {
			s.Attached, err = k.isAttached(ctx, pair{w.ids[wish.Client], w.ids[wish.Service]})
		}
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// number is a domain's number as text.
func (w *world) number(name string) string {
	if id, ok := w.ids[name]; ok {
		return strconv.Itoa(int(id))
	}
	return ""
}

func (k *Keeper) isAttached(ctx context.Context, p pair) (attached bool, err error) {
	err = k.Store.Transaction(ctx, func(tx *store.Tx) error {
		h, err := readHalves(ctx, tx, p)
		attached = err == nil && h.agree()
		return err
	})
	return attached, err
}

// Name returns the name of the domain that a word means: a number is that of a
// domain that there is, as xl has it, and anything else is a name.
func (k *Keeper) Name(ctx context.Context, word string) (string, error) {
	id, err := strconv.ParseUint(word, 10, 15)
	if err != nil {
		if word == "Domain-0" {
			return admin, nil
		}
		if !policy.ValidName(word) {
			return "", fmt.Errorf("%q cannot be a domain's name here: it has letters, digits and _.- only, at most 63", word)
		}
		return word, nil
	}
	d, err := identity(ctx, k.Store.Nodes, abi.Domid_t(id))
	if err != nil {
		return "", fmt.Errorf("there is no domain %d: %w", id, err)
	}
	return d.Name, nil
}
