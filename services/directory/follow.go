// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Clients that come, change and go. Any goroutine.

package directory

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/xen/abi"
)

// Change is a client that came, or of which dom0 says something else now; or, with
// Left, one that is gone or was detached.
type Change struct {
	*Client
	Left bool
}

// Follow returns a loop over changes, which keeps the directory up to date while it
// runs: first the clients that are there, then what changes. A client under a
// number that another one had comes after that one has left. An error is the last
// value; the context's, when that ends, is one.
func (d *Directory) Follow(ctx context.Context) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		for path, err := range d.store.Watch(ctx, clientsDir) {
			if err == nil {
				err = d.refresh(ctx, path, yield)
			}
			if errors.Is(err, errLeft) {
				return
			}
			if err != nil {
				yield(Change{}, err)
				return
			}
		}
	}
}

// errLeft ends a loop that its caller left.
var errLeft = errors.New("the loop was left")

// refresh looks again at what a path of an event is about.
func (d *Directory) refresh(ctx context.Context, path string, yield func(Change, error) bool) error {
	ids, err := d.affected(ctx, path)
	if err != nil {
		return err
	}
	for _, id := range ids {
		now, err := d.Identify(ctx, id)
		if err != nil && !errors.Is(err, ErrNotAttached) {
			return err
		}
		for _, c := range d.replace(id, now) {
			if !yield(c, nil) {
				return errLeft
			}
		}
	}
	return nil
}

// affected lists the numbers that an event is about: one, or, if it is about the
// directory of clients as a whole, all that were known or are there.
func (d *Directory) affected(ctx context.Context, path string) ([]abi.Domid_t, error) {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, clientsDir+"/"), "/")
	if id, ok := ParseID(name); ok {
		return []abi.Domid_t{id}, nil
	}
	names, err := d.store.List(ctx, clientsDir)
	if err != nil && !isAbsent(err) {
		return nil, err
	}
	ids := map[abi.Domid_t]bool{}
	for _, name := range names {
		if id, ok := ParseID(name); ok {
			ids[id] = true
		}
	}
	for _, c := range d.Clients() {
		ids[c.ID] = true
	}
	return slices.Sorted(maps.Keys(ids)), nil
}

// replace takes what is known of a number now, nil for nobody, and returns what
// changed.
func (d *Directory) replace(id abi.Domid_t, now *Client) []Change {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.clients[id]
	if before.same(now) {
		return nil
	}
	d.view = nil
	var changes []Change
	if delete(d.clients, id); before != nil && !before.Is(now) {
		changes = append(changes, Change{before, true})
	}
	if now != nil {
		d.clients[id] = now
		changes = append(changes, Change{now, false})
	}
	return changes
}

// same reports whether nothing at all differs.
func (c *Client) same(other *Client) bool {
	if c == nil || other == nil {
		return c == other
	}
	return c.Is(other) && c.Domain.String() == other.Domain.String()
}

// view is how clients look by their names. It never changes.
type view struct {
	byName  map[string]*Client
	domains *policy.Domains
}

// current returns the view of the clients that are known now.
func (d *Directory) current() *view {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.view == nil {
		d.view = newView(d.clients)
	}
	return d.view
}

// newView makes a view. A name or a UUID that two clients have is nobody's: for a
// moment that can be, when one goes and another comes.
func newView(clients map[abi.Domid_t]*Client) *view {
	count := map[string]int{}
	for _, c := range clients {
		count[c.Domain.Name]++
		count["uuid:"+c.Domain.UUID]++
	}
	v := &view{byName: map[string]*Client{}}
	var domains []policy.Domain
	for _, c := range clients {
		if count[c.Domain.Name] == 1 && (c.Domain.UUID == "" || count["uuid:"+c.Domain.UUID] == 1) {
			v.byName[c.Domain.Name] = c
			domains = append(domains, c.Domain)
		}
	}
	v.domains, _ = policy.NewDomains(domains) // their names were checked when they were read, and now differ
	return v
}
