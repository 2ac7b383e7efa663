// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Xenstore among the things that domains share: one daemon for a host, a
// connection for each domain. Host; any goroutine.

package xentest

import (
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/xentest/xenstored"
)

// Xenstored returns the host's xenstored, to stop it or to change its quotas.
func (h *Host) Xenstored() *xenstored.Daemon { return h.xenstored }

// Store returns the domain's connection to xenstored, the same at every call. It
// ends with the domain.
func (d *Domain) Store() *store.Client { return d.store }

// initStore introduces a new domain to xenstored. host.mu is held.
func (d *Domain) initStore() {
	daemon := d.host.xenstored
	if d.id != 0 { // the daemon introduces dom0 itself
		daemon.Introduce(d.id)
	}
	d.store = store.New(daemon.Connect(d.id), store.Options{})
	d.death = append(d.death, func() { daemon.Release(d.id) })
}
