// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What connects two domains, and how long anybody waits for it. Any goroutine.

package qrexec

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/clock"
)

// Transport makes connections between this domain and others. Their Close ends calls that wait, and what was written before
// it is read at the other end before that one sees io.EOF.
type Transport interface {
	// Accept offers the domain peer one connection at a port, and returns it when peer has come. The offer ends with the context.
	Accept(ctx context.Context, peer abi.Domid_t, port wire.Port) (net.Conn, error)
	// Dial takes the offer of the domain peer at a port. It waits for one until the context ends.
	Dial(ctx context.Context, peer abi.Domid_t, port wire.Port) (net.Conn, error)
}

// Leaver is a connection that can say, while nobody reads from it, that the other end left. A call that is served is then
// cancelled also while input waits that the handler does not want.
type Leaver interface{ Gone() bool }

// Times of the protocol.
const (
	meetingTime = 120 * time.Second // for the other end of a data connection to come, and to say HELLO
	glanceEvery = time.Second       // how often a service that does not read its input looks whether the caller is there
)

// errLate says that the other end did not come.
var errLate = errors.New("qrexec: the other end did not come in time")

// within is a context that ends after d too.
func within(ctx context.Context, c clock.Clock, d time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := c.AfterFunc(d, func() { cancel(errLate) })
	return ctx, func() { t.Stop(); cancel(nil) }
}

// because is the context's cause where that has ended, and err where it has not.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && err != nil {
		return cause
	}
	return err
}
