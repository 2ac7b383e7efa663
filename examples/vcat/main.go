// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command vcat moves bytes between its standard input and output and another
// domain, over a vchan. It runs as a domain and as a Linux program, in dom0 or in
// another domain, against itself or any program that speaks libxenvchan's
// protocol:
//
//	vcat [-q] listen DOMAIN PORT      in the domain that the other one connects to
//	vcat [-q] dial DOMAIN PORT        in the other one
//
// DOMAIN is the other's number; PORT is any number both agree on. vcat ends when
// the other end does; with -q also when its standard input has ended and the other
// end has taken all of it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/platform/local"
	"github.com/domlet/domlet/xen/vchan"
)

// ring is the size of both rings in bytes.
const ring = 65536

func main() {
	quit := flag.Bool("q", false, "end when standard input has")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: vcat [-q] listen DOMAIN PORT, or vcat [-q] dial DOMAIN PORT")
		flag.PrintDefaults()
	}
	flag.Parse()
	c, err := connect(flag.Args())
	if err == nil {
		err = move(c, os.Stdin, os.Stdout, *quit)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "vcat:", err)
		os.Exit(1)
	}
}

// connect does what the arguments say.
func connect(args []string) (*vchan.Conn, error) {
	if len(args) != 3 || args[0] != "listen" && args[0] != "dial" {
		return nil, fmt.Errorf("want listen or dial, a domain and a port")
	}
	domain, err := strconv.ParseUint(args[1], 10, 15)
	if err != nil {
		return nil, fmt.Errorf("%q is no number of a domain", args[1])
	}
	port, err := strconv.ParseUint(args[2], 10, 32)
	if err != nil {
		return nil, fmt.Errorf("%q is no port", args[2])
	}
	ctx := context.Background()
	p, err := local.Open(ctx)
	if err != nil {
		return nil, err
	}
	if args[0] == "listen" {
		return listen(ctx, p, abi.Domid_t(domain), uint32(port))
	}
	own, err := p.Store.Domid(ctx)
	if err != nil {
		return nil, err
	}
	return vchan.Dial(ctx, p, abi.Domid_t(domain), vchan.Path(own, uint32(port)))
}

// listen waits for one client.
func listen(ctx context.Context, p *platform.Platform, client abi.Domid_t, port uint32) (*vchan.Conn, error) {
	l, err := vchan.Listen(ctx, p, client, vchan.Path(client, port), vchan.Rings{Read: ring, Write: ring})
	if err != nil {
		return nil, err
	}
	defer l.Close()
	return l.AcceptContext(ctx)
}

// move copies both ways until an end says so, and closes the connection: the end of a domain tells the other one nothing.
func move(c *vchan.Conn, in io.Reader, out io.Writer, quit bool) error {
	defer c.Close()
	ends := make(chan error, 2)
	go func() {
		_, err := io.Copy(c, in)
		if err == nil {
			err = c.Drain()
		}
		switch { // of a partner that left, the other goroutine has something left to read
		case errors.Is(err, vchan.ErrGone):
		case quit || err != nil:
			ends <- err
		}
	}()
	go func() {
		_, err := io.Copy(out, c)
		ends <- err
	}()
	return <-ends
}
