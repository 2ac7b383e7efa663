// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command halfway begins a copy, says so, and goes no further: it waits to be
// destroyed. Its argument is what it copies half of. On the main goroutine.
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"

	"github.com/domlet/domlet/services/clipboard"
	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/xen/platform/local"
	"github.com/domlet/domlet/xen/vchan"
)

// It has package net for the types of connections, and no network.
//
//domlet:offline

func main() {
	if err := run(context.Background(), []byte(os.Args[1])); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, text []byte) error {
	p, err := local.Open(ctx)
	if err != nil {
		return err
	}
	own, err := p.Store.Domid(ctx)
	if err != nil {
		return err
	}
	s, err := directory.AwaitService(ctx, p.Store, "clipboard", directory.Server{})
	if err != nil {
		return err
	}
	c, err := vchan.Dial(ctx, p, s.ID, vchan.Path(own, clipboard.Port))
	if err != nil {
		return err
	}
	if _, err := c.Write(append(beginning(2*len(text)), text...)); err != nil {
		return err
	}
	if err := c.Drain(); err != nil {
		return err
	}
	fmt.Println("half of it is there")
	_, err = c.Read(make([]byte, 1))
	return fmt.Errorf("the clipboard answered: %v", err)
}

// beginning is the start of a request to copy so many bytes (docs/clipboard.md).
func beginning(bytes int) []byte {
	const mime = "text/plain"
	b := []byte{1, 1, 0, 0, 0, 0, 0, 0}
	b = binary.LittleEndian.AppendUint32(b, uint32(4+len(mime)+bytes))
	b = append(b, 0, 0, 0, 0, byte(len(mime)), 0, 0, 0)
	return append(b, mime...)
}
