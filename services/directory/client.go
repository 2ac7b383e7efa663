// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A service's clients, by the number that Xen enforces. Any goroutine.

package directory

import (
	"context"
	"errors"
	"fmt"

	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

// ErrNotAttached is what errors.Is finds where dom0 has not attached two domains
// to each other, or one of them is gone.
var ErrNotAttached = errors.New("not attached: run domlet-ctl attach in dom0")

// Client is a domain that dom0 attached to this one. It never changes.
type Client struct {
	ID abi.Domid_t
	// Attachment differs each time that a domain is attached: another one under
	// the same number means that what was known of that number is void.
	Attachment string
	// Domain is what dom0 says of it: name, type, tags.
	Domain policy.Domain
}

// Is reports whether two clients are the same domain, attached since. Its name
// and tags may have changed meanwhile.
func (c *Client) Is(other *Client) bool {
	return c != nil && other != nil && c.ID == other.ID && c.Attachment == other.Attachment
}

// Identify asks xenstore who a domain is, now. The error is ErrNotAttached where
// it is nobody that this domain serves.
func (d *Directory) Identify(ctx context.Context, id abi.Domid_t) (*Client, error) {
	entry := Entry(clientsDir, id)
	for before := ""; ; {
		values, err := d.store.ReadAll(ctx, entry, Half(Entry(ServicesPath(id), d.own)))
		if err != nil && !isAbsent(err) {
			return nil, err
		}
		if len(values) == 0 {
			return nil, d.stranger(id)
		}
		c, ok := parseClient(id, values[0])
		switch {
		case !ok:
			return nil, fmt.Errorf("domain %d is %w: the entry that dom0 has for it cannot be read: %.80q", id, ErrNotAttached, values[0])
		case len(values) == 2 && values[1] == c.Attachment:
			return c, nil
		case values[0] == before:
			return nil, d.stranger(id)
		}
		before = values[0] // the two were read one after the other, and dom0 may have attached it anew in between
	}
}

func (d *Directory) stranger(id abi.Domid_t) error {
	return fmt.Errorf("domain %d and domain %d, which is this one, are %w", id, d.own, ErrNotAttached)
}

// readHalf reads an attachment's number, empty where there is none.
func readHalf(ctx context.Context, s *store.Client, path string) (string, error) {
	value, err := s.Read(ctx, path)
	if isAbsent(err) {
		return "", nil
	}
	return value, err
}
