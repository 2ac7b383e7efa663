// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package byvchan connects domains by vchans, at the paths in xenstore that Qubes
// OS has for them. Any goroutine.
package byvchan

import (
	"context"
	"net"

	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/vchan"
)

// Sizes of rings in bytes. Who listens chooses, the other end takes what it finds.
const (
	Control = 4096  // of control connections
	Small   = 4096  // enough between ends that are domlet's: 3 pages for a call
	Large   = 65536 // what Qubes' own programs have: 33 pages for a call
)

// Transport connects this domain with others.
type Transport struct {
	Platform *platform.Platform
	Ring     int // size of the rings of data connections; 0 is Small
}

// New returns a transport whose rings suit the peers: Qubes' own programs, or domlet's.
func New(p *platform.Platform, qubes bool) *Transport {
	if qubes {
		return &Transport{Platform: p, Ring: Large}
	}
	return &Transport{Platform: p, Ring: Small}
}

// Accept offers a connection in xenstore.
func (t *Transport) Accept(ctx context.Context, peer abi.Domid_t, port wire.Port) (net.Conn, error) {
	size := t.Ring
	switch {
	case port == wire.ControlPort:
		size = Control
	case size == 0:
		size = Small
	}
	if _, err := t.own(ctx, port); err != nil {
		return nil, err
	}
	c, err := vchan.AcceptOne(ctx, t.Platform, peer, vchan.Path(peer, uint32(port)), vchan.Rings{Read: size, Write: size})
	if err != nil { // an interface must not hold a *vchan.Conn that is nil
		return nil, err
	}
	return c, nil
}

// Dial takes an offer in xenstore.
func (t *Transport) Dial(ctx context.Context, peer abi.Domid_t, port wire.Port) (net.Conn, error) {
	own, err := t.own(ctx, port)
	if err != nil {
		return nil, err
	}
	c, err := vchan.Dial(ctx, t.Platform, peer, vchan.Path(own, uint32(port)))
	if err != nil {
		return nil, err
	}
	return c, nil
}

// own is this domain's number, which is asked for anew with each control connection: a Linux domain that is migrated has another
// one then, and its old connections end.
func (t *Transport) own(ctx context.Context, port wire.Port) (abi.Domid_t, error) {
	if port == wire.ControlPort {
		return t.Platform.Store.Domid(ctx)
	}
	return t.Platform.Store.LastDomid(ctx)
}
