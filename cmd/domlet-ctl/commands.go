// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The commands that end at once. Dom0.

package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/domlet/domlet/services/directory/keeper"
)

// attach notes a wish and, if both domains are there, fulfils it.
func (c *ctl) attach(ctx context.Context, args []string) error {
	flags := newFlags(c.errs)
	as := flags.String("as", "", "")
	if err := parse(flags, args); err != nil {
		return err
	}
	wish, err := c.wish(ctx, flags.Args())
	if err != nil {
		return err
	}
	wish.As = wish.Service
	if *as != "" {
		wish.As = *as
	}
	if err := c.Attach(ctx, wish); err != nil {
		return err
	}
	r, err := c.Reconcile(ctx)
	if err != nil {
		return err
	}
	if _, ok := r.Attached[wish]; !ok {
		fmt.Fprintf(c.errs, "domlet-ctl: noted; there is not one domain %s and one domain %s now, domlet-ctl watch attaches them when there is\n", wish.Client, wish.Service)
	}
	return nil
}

// wish reads the two domains of a command line.
func (c *ctl) wish(ctx context.Context, words []string) (keeper.Wish, error) {
	if len(words) != 2 {
		return keeper.Wish{}, misuse(c.errs, "domlet-ctl: want CLIENT and SERVICE-DOMAIN")
	}
	client, err := c.Name(ctx, words[0])
	if err != nil {
		return keeper.Wish{}, err
	}
	service, err := c.Name(ctx, words[1])
	return keeper.Wish{Client: client, Service: service}, err
}

// detach takes a wish back.
func (c *ctl) detach(ctx context.Context, args []string) error {
	wish, err := c.wish(ctx, args)
	if err != nil {
		return err
	}
	if err := c.Detach(ctx, wish.Client, wish.Service); err != nil {
		return err
	}
	_, err = c.Reconcile(ctx)
	return err
}

// list prints what has become of every wish.
func (c *ctl) list(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return misuse(c.errs, "domlet-ctl: list takes no arguments")
	}
	all, err := c.Status(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SERVICE\tSERVICE-DOMAIN\tID\tCLIENT\tID\tSTATE")
	for _, s := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.As, s.Service, dash(s.ServiceID), s.Client, dash(s.ClientID), state(s))
	}
	return w.Flush()
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// state puts into words what has become of a wish.
func state(s keeper.Status) string {
	switch {
	case s.Attached:
		return "attached"
	case s.ServiceID == "":
		return "waiting for " + s.Service
	case s.ClientID == "":
		return "waiting for " + s.Client
	}
	return "not yet: is domlet-ctl watch running?"
}
