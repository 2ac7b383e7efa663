// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The client's side: where a service is. Any goroutine.

package directory

import (
	"context"
	"errors"
	"fmt"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

// Server is the domain that gives a service to this one.
type Server struct {
	ID abi.Domid_t
	// Attachment differs each time that this domain is attached to one.
	Attachment string
}

// FindService asks the xenstore of this domain which domain gives it a service.
// The error is ErrNotAttached where none does, now.
func FindService(ctx context.Context, s *store.Client, service string) (Server, error) {
	own, err := s.Domid(ctx)
	if err != nil {
		return Server{}, err
	}
	names, err := s.List(ctx, servicesDir)
	if err != nil && !isAbsent(err) {
		return Server{}, err
	}
	for _, name := range names {
		found, err := look(ctx, s, own, name, service)
		if err != nil || found.Attachment != "" {
			return found, err
		}
	}
	return Server{}, fmt.Errorf("no domain that gives this one the service %s is %w", service, ErrNotAttached)
}

// look reads one entry of the client's. Without an attachment it is not what was
// looked for.
func look(ctx context.Context, s *store.Client, own abi.Domid_t, name, service string) (Server, error) {
	id, ok := ParseID(name)
	if !ok {
		return Server{}, nil
	}
	value, err := readHalf(ctx, s, Entry(servicesDir, id))
	if err != nil {
		return Server{}, err
	}
	attachment, given, ok := ParseEntry(value)
	if !ok || given != service {
		return Server{}, nil
	}
	half, err := readHalf(ctx, s, Half(Entry(ClientsPath(id), own)))
	if err != nil || half != attachment {
		return Server{}, err
	}
	return Server{id, attachment}, nil
}

// AwaitService waits until a domain gives this one a service that is not the one
// before; the zero Server waits for any.
func AwaitService(ctx context.Context, s *store.Client, service string, before Server) (Server, error) {
	for _, err := range s.Watch(ctx, servicesDir) {
		if err != nil {
			return Server{}, err
		}
		found, err := FindService(ctx, s, service)
		if err == nil && found != before {
			return found, nil
		}
		if err != nil && !errors.Is(err, ErrNotAttached) {
			return Server{}, err
		}
	}
	return Server{}, ctx.Err()
}
