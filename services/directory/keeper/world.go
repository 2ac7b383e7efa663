// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The domains of the machine, as dom0's xenstore has them. Dom0; any goroutine.

package keeper

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

// admin is what dom0 is called in policies, and adminUUID its UUID there.
const (
	admin     = "dom0"
	adminUUID = "00000000-0000-0000-0000-000000000000"
)

// world is the domains that there are at one time.
type world struct {
	names  map[abi.Domid_t]string // of all domains
	byName map[string]policy.Domain
	ids    map[string]abi.Domid_t // of the domains whose names are only theirs
}

// look reads which domains there are.
func (k *Keeper) look(ctx context.Context) (*world, error) {
	entries, err := list(ctx, k.Store.Nodes, "/local/domain")
	if err != nil {
		return nil, err
	}
	w := &world{map[abi.Domid_t]string{}, map[string]policy.Domain{}, map[string]abi.Domid_t{}}
	for _, entry := range entries {
		id, ok := directory.ParseID(entry)
		if !ok {
			continue
		}
		there, err := k.Store.Introduced(ctx, id)
		if err != nil {
			return nil, err
		}
		if !there {
			continue
		}
		if err := k.meet(ctx, w, id); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// meet adds a domain to the world. One that is gone meanwhile, or has no name, is
// left out.
func (k *Keeper) meet(ctx context.Context, w *world, id abi.Domid_t) error {
	d, err := identity(ctx, k.Store.Nodes, id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	w.names[id] = d.Name
	if _, twice := w.byName[d.Name]; twice {
		delete(w.ids, d.Name)
		return nil
	}
	w.byName[d.Name] = k.describe(d)
	w.ids[d.Name] = id
	return nil
}

// identity reads what the tool stack calls a domain: its name, and its UUID, which
// its node vm ends with. A domain in memory has none.
func identity(ctx context.Context, n store.Nodes, id abi.Domid_t) (policy.Domain, error) {
	if id == 0 {
		return policy.Domain{Name: admin, UUID: adminUUID}, nil
	}
	name, err := n.Read(ctx, namePath(id))
	if err != nil {
		return policy.Domain{}, err
	}
	vm, err := n.Read(ctx, store.DomainPath(id)+"/vm")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return policy.Domain{}, err
	}
	d, err := policy.ParseDomain("x uuid=" + strings.TrimPrefix(vm, "/vm/"))
	if err != nil {
		d.UUID = ""
	}
	d.Name = name
	return d, nil
}

// describe adds what the machine's owner says of a domain. It is said of another
// one where the UUID differs.
func (k *Keeper) describe(d policy.Domain) policy.Domain {
	if k.Known == nil {
		return d
	}
	known := k.Known.Lookup(d.Name)
	if known == nil || known.UUID != "" && known.UUID != d.UUID {
		return d
	}
	said := *known
	said.UUID, said.Halted = d.UUID, false
	return said
}

// isStill reports whether a number is still that domain's.
func isStill(ctx context.Context, tx *store.Tx, id abi.Domid_t, d policy.Domain) (bool, error) {
	now, err := identity(ctx, tx.Nodes, id)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return now.Name == d.Name && now.UUID == d.UUID, err
}
