// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Who ever called: a client, and a slice, for each name. Any goroutine.

package byqrexec

import (
	"errors"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/domlet/domlet/services/clipboard"
	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/services/slice"
)

// maxClients is how many domains a clipboard serves.
const maxClients = 1024

// errTooMany says that there are more.
var errTooMany = errors.New("the clipboard serves no more domains")

// Roll is the domains that called, as the clipboard and its policy know them: a clipboard.Clients.
type Roll struct {
	set     *slice.Set
	mu      sync.Mutex // covers what follows
	clients map[string]clipboard.Client
}

// NewRoll returns a roll with nobody on it. The slices of who comes are the set's.
func NewRoll(set *slice.Set) *Roll {
	return &Roll{set: set, clients: map[string]clipboard.Client{}}
}

// client returns the client of a name, whose slice begins anew if it was over.
func (r *Roll) client(name string) (clipboard.Client, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.clients[name]
	switch {
	case ok && c.Slice.Err() == nil:
		return c, nil
	case ok:
	case len(r.clients) == maxClients:
		return clipboard.Client{}, errTooMany
	default:
		c.Client = &directory.Client{Attachment: name, Domain: policy.Domain{Name: name}}
	}
	c.Slice = r.set.Open(name, nil)
	r.clients[name] = c
	return c, nil
}

// Find returns the client of a name, nil if it never called.
func (r *Roll) Find(name string) *directory.Client {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clients[name].Client
}

// Lookup returns a domain that called, as a policy sees it.
func (r *Roll) Lookup(name string) *policy.Domain {
	if c := r.Find(name); c != nil {
		return &c.Domain
	}
	return nil
}

// LookupUUID returns nil: nobody says which UUID a domain has.
func (r *Roll) LookupUUID(string) *policy.Domain { return nil }

// All returns the domains that called in the order of their names.
func (r *Roll) All() iter.Seq[*policy.Domain] {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := slices.Sorted(maps.Keys(r.clients))
	return func(yield func(*policy.Domain) bool) {
		for _, name := range names {
			if !yield(r.Lookup(name)) {
				return
			}
		}
	}
}
