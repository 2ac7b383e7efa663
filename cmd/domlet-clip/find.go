// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Where the clipboard's domain is. Any goroutine.

package main

import (
	"context"
	"time"

	"github.com/domlet/domlet/services/clipboard"
	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/vchan"
)

// finder connects to a clipboard.
type finder struct {
	p       *platform.Platform
	domain  int // its domain, if the user named it; else -1
	service string
	at      directory.Server // where the latest connection leads, if dom0 said so
}

// lookAgain is how long one attempt may take before the clipboard is looked for anew: it may be another domain by now.
const lookAgain = 2 * time.Second

// dial connects to the clipboard's domain, as soon as there is one, until the context ends.
func (f *finder) dial(ctx context.Context) (*vchan.Conn, error) {
	own, err := f.p.Store.Domid(ctx)
	if err != nil {
		return nil, err
	}
	for {
		conn, err := f.attempt(ctx, own)
		if err == nil {
			return conn, nil
		}
		if ctx.Err() != nil || pause(ctx) != nil {
			return nil, &absentError{f.service, err}
		}
	}
}

func (f *finder) attempt(ctx context.Context, own abi.Domid_t) (*vchan.Conn, error) {
	id := abi.Domid_t(f.domain)
	if f.domain < 0 {
		s, err := directory.AwaitService(ctx, f.p.Store, f.service, directory.Server{})
		if err != nil {
			return nil, err
		}
		id, f.at = s.ID, s
	}
	ctx, cancel := context.WithTimeout(ctx, lookAgain)
	defer cancel()
	return vchan.Dial(ctx, f.p, id, vchan.Path(own, clipboard.Port))
}

// moved waits until dom0 gives this domain another clipboard than the one at the end of a connection, and reports whether it did
// before the context ended. A connection sees by itself that the domain at its other end was destroyed, if the program may ask Xen;
// Linux keeps that from processes of domains without privileges, unless its command line has xen_privcmd.unrestricted.
func (f *finder) moved(ctx context.Context, from directory.Server) bool {
	_, err := directory.AwaitService(ctx, f.p.Store, f.service, from)
	return err == nil
}

// pause waits a little between two attempts.
func pause(ctx context.Context) error {
	select {
	case <-time.After(100 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
