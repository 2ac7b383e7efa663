// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The connection of a domlet domain. Any goroutine.

//go:build domlet

package local

import (
	"context"
	"errors"
	"sync"

	"github.com/domlet/domlet/xen/bytering"
	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/guest"
	"github.com/domlet/domlet/xen/store"
)

// open makes the domain's connection once.
var open = sync.OnceValues(func() (*store.Client, error) {
	messages, port := theRing()
	if port == 0 {
		return nil, errors.New("xenstore: this domain was given none: the toolstack that started it has no xenstored")
	}
	events, err := evtchn.Open(evtchn.Port(port))
	if err != nil {
		return nil, err
	}
	return store.New(newRing(messages, events), store.Options{
		Listening: func(yes bool) { listening(messages, yes) },
		Stranger:  guest.StoreHeard, // the kernel's
	}), nil
})

// listening takes the ring's input from the kernel, or gives it back. What came
// in between the kernel has not looked at yet.
func listening(messages *bytering.Messages, yes bool) {
	if yes {
		messages.Listen()
		return
	}
	messages.Unlisten()
	guest.StoreLeft()
}

// Open returns the domain's client of xenstore. It is made at the first call,
// without waiting for xenstored.
func Open(ctx context.Context) (*store.Client, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return open()
}
