// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command clients is either end of an attachment that domlet-ctl makes:
//
//	clients serve          say who this domain's clients are, until it is destroyed
//	clients find SERVICE   say where a service is, each time that it is another one
//
// It prints a line for each change: "client ID DOMAIN", "left ID DOMAIN", "found ID",
// and "void ID DOMAIN" when xenstore says that a client is none any more, which may
// be before dom0's keeper has said so.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/store/local"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Println("FAIL:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	s, err := local.Open(ctx)
	if err != nil {
		return err
	}
	switch {
	case len(args) == 1 && args[0] == "serve":
		return serve(ctx, s)
	case len(args) == 2 && args[0] == "find":
		return find(ctx, s, args[1])
	}
	return errors.New("want serve, or find and a service")
}

// serve follows the clients, and looks after each of them.
func serve(ctx context.Context, s *store.Client) error {
	d, err := directory.Open(ctx, s)
	if err != nil {
		return err
	}
	fmt.Println("serving")
	known := map[string]bool{}
	for c, err := range d.Follow(ctx) {
		if err != nil {
			return err
		}
		verb := "client"
		if c.Left {
			verb = "left"
		}
		fmt.Println(verb, c.ID, &c.Domain)
		if !known[c.Attachment] {
			known[c.Attachment] = true
			go doubt(ctx, d, c.Client)
		}
	}
	return nil
}

// doubt asks again and again whether a client is the one that it was.
func doubt(ctx context.Context, d *directory.Directory, c *directory.Client) {
	for {
		now, err := d.Identify(ctx, c.ID)
		if errors.Is(err, directory.ErrNotAttached) || err == nil && !now.Is(c) {
			fmt.Println("void", c.ID, &c.Domain)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// find follows a service.
func find(ctx context.Context, s *store.Client, service string) error {
	var server directory.Server
	for {
		next, err := directory.AwaitService(ctx, s, service, server)
		if err != nil {
			return err
		}
		server = next
		fmt.Println("found", server.ID)
	}
}
