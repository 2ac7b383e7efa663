// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package local opens the platform of the world that the program runs in. It is
// a package of its own because protocols know nothing of where they run. Any
// goroutine.
package local

import (
	"context"

	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/platform"
	xenstore "github.com/domlet/domlet/xen/store/local"
)

// Open returns what the program's own domain has: in a domain of domlet's, the
// hypervisor itself; in Linux, its devices /dev/xen/evtchn, gntdev and gntalloc,
// and xenstored. The context is for the connection to xenstore.
func Open(ctx context.Context) (*platform.Platform, error) {
	events, err := evtchn.Local()
	if err != nil {
		return nil, err
	}
	grants, err := grant.Local()
	if err != nil {
		return nil, err
	}
	store, err := xenstore.Open(ctx)
	if err != nil {
		return nil, err
	}
	return &platform.Platform{Events: events, Grants: grants, Store: store, Clock: clock.System{}}, nil
}
