// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The platform of the world that the program runs in. Any goroutine.

package vchan

import (
	"context"

	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/store/local"
)

// Local returns what the program's own domain has: in a domain of domlet's, the hypervisor itself; in Linux, its devices
// /dev/xen/evtchn, gntdev and gntalloc, and xenstored. The context is for the connection to xenstore.
func Local(ctx context.Context) (*Platform, error) {
	events, err := evtchn.Local()
	if err != nil {
		return nil, err
	}
	grants, err := grant.Local()
	if err != nil {
		return nil, err
	}
	client, err := local.Open(ctx)
	if err != nil {
		return nil, err
	}
	return &Platform{Events: events, Grants: grants, Store: client}, nil
}
