// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a service knows of all its clients. Any goroutine.

package directory

import (
	"context"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

// Directory is what the domain that it runs in knows of its clients. It is a
// policy.Directory, which knows the clients that Follow has seen.
type Directory struct {
	store *store.Client
	own   abi.Domid_t

	mu      sync.Mutex // covers what follows
	clients map[abi.Domid_t]*Client
	view    *view // of the clients; nil: to be made anew
}

// Open returns the directory of the domain that s is the xenstore of.
func Open(ctx context.Context, s *store.Client) (*Directory, error) {
	own, err := s.Domid(ctx)
	if err != nil {
		return nil, err
	}
	return &Directory{store: s, own: own, clients: map[abi.Domid_t]*Client{}}, nil
}

// Own returns the number of the domain itself.
func (d *Directory) Own() abi.Domid_t { return d.own }

// Clients returns the clients that Follow has seen, by their numbers.
func (d *Directory) Clients() []*Client {
	d.mu.Lock()
	defer d.mu.Unlock()
	ids := slices.Sorted(maps.Keys(d.clients))
	all := make([]*Client, len(ids))
	for i, id := range ids {
		all[i] = d.clients[id]
	}
	return all
}

// Find returns the client of that name that Follow has seen, nil if there is none,
// or more than one.
func (d *Directory) Find(name string) *Client { return d.current().byName[name] }

// Lookup returns the client of that name as policies see it, nil if there is none,
// or more than one.
func (d *Directory) Lookup(name string) *policy.Domain { return d.current().domains.Lookup(name) }

// LookupUUID returns the client with that UUID as policies see it, or nil.
func (d *Directory) LookupUUID(uuid string) *policy.Domain {
	return d.current().domains.LookupUUID(uuid)
}

// All returns the clients as policies see them, in the order of their names.
func (d *Directory) All() iter.Seq[*policy.Domain] { return d.current().domains.All() }
