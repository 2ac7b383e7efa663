// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Serving in a domain that dom0 attached to a relay, wherever that is. Any goroutine.

package byvchan

import (
	"context"
	"errors"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/xen/store"
)

// Service is the name under which a domain finds its relay: domlet-ctl attach -as qrexec.
const Service = "qrexec"

// errMoved says that the relay is in another domain now.
var errMoved = errors.New("the relay is another one")

// Run runs an agent whose relay is where dom0 says, through as many relays as there come to be, until the context ends. Calls
// that are served go on meanwhile.
func Run(ctx context.Context, s *store.Client, a *qrexec.Agent) error {
	ctx, end := context.WithCancelCause(ctx)
	defer a.Wait()
	defer end(qrexec.ErrLost)
	var at directory.Server
	for {
		next, err := directory.AwaitService(ctx, s, Service, at)
		if err != nil {
			return err
		}
		at, a.Daemon = next, next.ID
		here, cancel := context.WithCancelCause(ctx)
		a.Go(func() {
			if _, err := directory.AwaitService(here, s, Service, at); err == nil {
				cancel(errMoved)
			}
		})
		err = a.RunFor(ctx, here)
		cancel(nil)
		if !errors.Is(err, errMoved) {
			return err
		}
		at = directory.Server{}
	}
}
