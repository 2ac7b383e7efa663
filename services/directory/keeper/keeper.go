// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The keeper, and what it is asked to keep. Dom0; any goroutine.

package keeper

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

// wishesDir has the wishes.
const wishesDir = "/tool/domlet/attached"

// Keeper keeps the nodes of all services of a machine.
type Keeper struct {
	// Store is dom0's xenstore.
	Store *store.Client
	// Random is where attachments' numbers come from: crypto/rand.
	Random io.Reader
	// Known is what the machine's owner says of domains, beyond their names. A
	// domain that it gives a UUID is meant only if it has that one. May be nil.
	Known policy.Directory
}

// Wish is an attachment that the machine's owner wants.
type Wish struct {
	Client, Service string // names of domains
	As              string // the service's name for the client
}

// String returns the wish as domlet-ctl writes it.
func (w Wish) String() string { return fmt.Sprintf("%s to %s as %s", w.Client, w.Service, w.As) }

// check refuses names that cannot be written down.
func (w Wish) check() error {
	for _, name := range []string{w.Client, w.Service, w.As} {
		if !policy.ValidName(name) {
			return fmt.Errorf("%q cannot be a domain's or a service's name here: it has letters, digits and _.- only, at most 63", name)
		}
	}
	if w.Client == w.Service {
		return fmt.Errorf("%s cannot be attached to itself", w.Client)
	}
	return nil
}

// Attach notes a wish. Reconcile fulfils it.
func (k *Keeper) Attach(ctx context.Context, w Wish) error {
	if err := w.check(); err != nil {
		return err
	}
	return k.Store.Transaction(ctx, func(tx *store.Tx) error {
		wishes, err := readWishes(ctx, tx.Nodes)
		if err != nil {
			return err
		}
		for _, o := range wishes {
			if o.Client == w.Client && o.As == w.As && o.Service != w.Service {
				return fmt.Errorf("%s has %s from %s: detach it there first, or choose another name with -as", w.Client, w.As, o.Service)
			}
		}
		if err := makeWishesDir(ctx, tx); err != nil {
			return err
		}
		return tx.Write(ctx, w.path(), w.As)
	})
}

// makeWishesDir makes the directory, which only dom0 reads.
func makeWishesDir(ctx context.Context, tx *store.Tx) error {
	if err := tx.Mkdir(ctx, wishesDir); err != nil {
		return err
	}
	return tx.SetPermissions(ctx, wishesDir, store.Permission{Domain: 0, Access: store.NoAccess})
}

// Detach takes a wish back. The error is fs.ErrNotExist where there was none.
func (k *Keeper) Detach(ctx context.Context, client, service string) error {
	w := Wish{Client: client, Service: service, As: service}
	if err := w.check(); err != nil {
		return err
	}
	if _, err := k.Store.Read(ctx, w.path()); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is not attached to %s: %w", client, service, fs.ErrNotExist)
	}
	return k.Store.Remove(ctx, w.path())
}

// Wishes returns all wishes, by service's domain and client.
func (k *Keeper) Wishes(ctx context.Context) ([]Wish, error) {
	return readWishes(ctx, k.Store.Nodes)
}

func readWishes(ctx context.Context, n store.Nodes) ([]Wish, error) {
	services, err := list(ctx, n, wishesDir)
	if err != nil {
		return nil, err
	}
	var all []Wish
	for _, service := range services {
		clients, err := list(ctx, n, wishesDir+"/"+service)
		if err != nil {
			return nil, err
		}
		for _, client := range clients {
			w := Wish{Client: unescape(client), Service: unescape(service)}
			if w.As, err = n.Read(ctx, w.path()); errors.Is(err, fs.ErrNotExist) {
				continue // taken back meanwhile
			}
			if err != nil {
				return nil, err
			}
			all = append(all, w)
		}
	}
	return all, nil
}

// path is the wish's node.
func (w Wish) path() string { return wishesDir + "/" + escape(w.Service) + "/" + escape(w.Client) }

func escape(name string) string   { return strings.ReplaceAll(name, ".", "@") }
func unescape(name string) string { return strings.ReplaceAll(name, "@", ".") }

// list returns the names of a node's children in order, none where there is no such
// node.
func list(ctx context.Context, n store.Nodes, path string) ([]string, error) {
	names, err := n.List(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	slices.Sort(names)
	return names, err
}

// Watched returns the paths whose changes Reconcile has to be called after, given
// the domains there are. The first of them are there from the beginning.
func Watched(domains map[abi.Domid_t]string) []string {
	paths := []string{"@introduceDomain", "@releaseDomain", wishesDir}
	for _, id := range slices.Sorted(maps.Keys(domains)) {
		paths = append(paths, namePath(id))
	}
	return paths
}

// namePath is the node of a domain's name.
func namePath(id abi.Domid_t) string { return store.DomainPath(id) + "/name" }
