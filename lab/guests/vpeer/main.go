// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command vpeer is one end of vchans, for tests and measurements: a domain, or the
// same program as a Linux process. testdata/vpeer.c does the same with the C
// library, so that any two can be put together.
//
//	vpeer JOB [-- JOB]...
//
// Jobs are done one after the other. A JOB is one of
//
//	listen|dial DOMAIN PATH RING MODE COUNT
//	fails JOB
//	fill, clear
//	pause NODE
//
// DOMAIN is a number, or - for the one that the node data/peer will name. PATH starts
// at the listener's own, unless it begins with a slash. RING is the size in bytes of
// both rings; whoever listens decides. The modes, each with its counterpart:
//
//	send, recv   COUNT pseudo-random bytes, compared on arrival
//	push, pull   COUNT bytes; push prints how fast they went
//	ping, pong   COUNT round trips of 64 bytes; ping prints how long they took
//	serve, call  COUNT connections, of any kind of end; serve listens
//
// It prints "ready" when the other end can come, and "ok MODE" after each job. fails
// prints the job's error, and fails if there is none. fill makes nodes in xenstore until
// there is a quota in the way, clear removes them. pause prints what the domain's grant
// table is used for, and waits for a node in xenstore.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/platform/local"
	"github.com/domlet/domlet/xen/vchan"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Println("FAIL", err)
		os.Exit(1)
	}
}

// run does the jobs.
func run(ctx context.Context, args []string) error {
	p, err := local.Open(ctx)
	if err != nil {
		return err
	}
	for len(args) > 0 {
		end := slices.Index(args, "--")
		if end < 0 {
			end = len(args)
		}
		if err := do(ctx, p, args[:end]); err != nil {
			return err
		}
		args = args[min(end+1, len(args)):]
	}
	return nil
}

func do(ctx context.Context, p *platform.Platform, job []string) error {
	switch {
	case len(job) == 2 && job[0] == "pause":
		return pause(ctx, p, job[1])
	case len(job) > 1 && job[0] == "fails":
		return fails(ctx, p, job[1:])
	case len(job) == 1 && job[0] == "fill":
		return fill(ctx, p)
	case len(job) == 1 && job[0] == "clear":
		return p.Store.Remove(ctx, filled)
	case len(job) != 6 || job[0] != "listen" && job[0] != "dial":
		return fmt.Errorf("%q is no job", job)
	}
	e, err := parse(ctx, p, job)
	if err != nil {
		return err
	}
	if err := e.work(ctx, job[4]); err != nil {
		return fmt.Errorf("%s: %w", job[4], err)
	}
	fmt.Println("ok", job[4])
	return nil
}

// pause lets somebody look at the domain.
func pause(ctx context.Context, p *platform.Platform, node string) error {
	s := p.Grants.Stats()
	fmt.Printf("paused shared=%d deferred=%d mapped=%d\n", s.Shared, s.Deferred, s.Mapped)
	_, err := await(ctx, p, node)
	return err
}

// await waits for a node and returns its value.
func await(ctx context.Context, p *platform.Platform, node string) (string, error) {
	for _, err := range p.Store.Watch(ctx, node) {
		if err != nil {
			return "", err
		}
		text, err := p.Store.Read(ctx, node)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return text, err
		}
	}
	return "", ctx.Err()
}

// end is what a job says.
type end struct {
	platform *platform.Platform
	listen   bool
	domain   abi.Domid_t
	path     string
	ring     int
	count    int
}

func parse(ctx context.Context, p *platform.Platform, job []string) (*end, error) {
	domain := job[1]
	if domain == "-" {
		var err error
		if domain, err = await(ctx, p, "data/peer"); err != nil {
			return nil, err
		}
	}
	var numbers []int
	for _, text := range []string{domain, job[3], job[5]} {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no number", text)
		}
		numbers = append(numbers, n)
	}
	return &end{p, job[0] == "listen", abi.Domid_t(numbers[0]), job[2], numbers[1], numbers[2]}, nil
}

// work connects and does what the mode says.
func (e *end) work(ctx context.Context, mode string) error {
	if mode == "serve" {
		return e.serve(ctx)
	}
	f := modes[mode]
	if f == nil {
		return errors.New("there is no such mode")
	}
	c, err := e.connect(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f(c, e.count), c.Close())
}

// open offers connections.
func (e *end) open(ctx context.Context) (*vchan.Listener, error) {
	l, err := vchan.Listen(ctx, e.platform, e.domain, e.path, vchan.Rings{Read: e.ring, Write: e.ring})
	if err == nil {
		fmt.Println("ready")
	}
	return l, err
}

// connect makes one connection.
func (e *end) connect(ctx context.Context) (*vchan.Conn, error) {
	if !e.listen {
		fmt.Println("ready")
		return vchan.Dial(ctx, e.platform, e.domain, e.path)
	}
	l, err := e.open(ctx)
	if err != nil {
		return nil, err
	}
	c, err := l.AcceptContext(ctx)
	return c, errors.Join(err, l.Close())
}
