// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The command that goes on: what services know, kept up to date. Dom0.

package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/domlet/domlet/services/directory/keeper"
)

// watch reconciles after every change, until a signal ends it.
func (c *ctl) watch(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return misuse(c.errs, "domlet-ctl: watch takes no arguments")
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	e := &ears{ctl: c, open: map[string]context.CancelFunc{}, wake: make(chan struct{}, 1), failed: make(chan error, 1)}
	for {
		r, err := c.Reconcile(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for _, line := range r.Changes {
			fmt.Fprintln(c.out, line)
		}
		e.listen(ctx, keeper.Watched(r.Domains))
		select {
		case <-e.wake:
		case err := <-e.failed:
			return err
		case <-hup:
			if err := c.read(); err != nil {
				fmt.Fprintf(c.errs, "domlet-ctl: %v; what was read before stays\n", err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// ears are the watches that are set in xenstore, a goroutine each.
type ears struct {
	*ctl
	open   map[string]context.CancelFunc
	wake   chan struct{} // something changed
	failed chan error    // the connection is lost
}

// listen sets the watches that are missing and takes away those that are not
// wanted any more. A new one wakes at once: what changed before it was set is
// seen then.
func (e *ears) listen(ctx context.Context, paths []string) {
	for path, cancel := range e.open {
		if !slices.Contains(paths, path) {
			cancel()
			delete(e.open, path)
		}
	}
	for _, path := range paths {
		if e.open[path] != nil {
			continue
		}
		own, cancel := context.WithCancel(ctx)
		e.open[path] = cancel
		go e.hear(own, path)
	}
}

// hear passes on that something changed.
func (e *ears) hear(ctx context.Context, path string) {
	for _, err := range e.Store.Watch(ctx, path) {
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			tell(e.failed, err)
			return
		}
		tell(e.wake, struct{}{})
	}
}

// tell puts a value into a channel that has room for one, unless one is there.
func tell[T any](to chan T, value T) {
	select {
	case to <- value:
	default:
	}
}
