// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package platform is what one domain deals with others by, whichever world it
// is in: consoles, vchans and devices are made of it. Any goroutine.
package platform

import (
	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/store"
)

// Platform is one domain's. Package xen/platform/local has that of the world the
// program runs in, package xentest those of domains in memory.
type Platform struct {
	Events evtchn.Bus
	Grants grant.Table
	Store  *store.Client
	Clock  clock.Clock
}
