// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command consoles is one end of a domain's second console:
//
//	consoles echo         a domain: send back what comes, until the other end leaves
//	consoles offer ID N   dom0: make the console for domain ID, send N bytes and
//	                      compare what comes back
//	consoles stall ID     dom0: make it, read nothing for 4 s, then everything
//	consoles flood        a domain: write 100 kB, 1 kB at a time, then a last line
//
// It prints "ok" and the first word.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/console"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/platform/local"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	err := run(ctx, os.Args[1:])
	if err != nil {
		fmt.Println("FAIL", err)
		os.Exit(1)
	}
	fmt.Println("ok", os.Args[1])
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("echo, offer, stall or flood?")
	}
	p, err := local.Open(ctx)
	if err != nil {
		return err
	}
	number := func(i int) int {
		n, _ := strconv.Atoi(append(args, "", "")[i])
		return n
	}
	switch args[0] {
	case "echo":
		return echo(ctx, p)
	case "flood":
		return flood(ctx, p)
	case "offer":
		return offer(ctx, p, abi.Domid_t(number(1)), number(2))
	case "stall":
		return stall(ctx, p, abi.Domid_t(number(1)))
	}
	return fmt.Errorf("no such case: %s", args[0])
}

// open opens console 1 as soon as there is one.
func open(ctx context.Context, p *platform.Platform) (*console.Console, error) {
	for _, err := range p.Store.Watch(ctx, "device/console/1/state") {
		if err != nil {
			return nil, err
		}
		if _, err := p.Store.Read(ctx, "device/console/1/state"); err == nil {
			break
		}
	}
	return console.Open(ctx, p, 1)
}

func echo(ctx context.Context, p *platform.Platform) error {
	c, err := open(ctx, p)
	if err != nil {
		return err
	}
	n, err := io.Copy(c, c)
	fmt.Println("echoed", n)
	return errors.Join(err, c.Close())
}

func flood(ctx context.Context, p *platform.Platform) error {
	c, err := open(ctx, p)
	if err != nil {
		return err
	}
	block := bytes.Repeat([]byte("x"), 1000)
	for range 100 {
		if _, err := c.Write(block); err != nil {
			return err
		}
	}
	for last := []byte("the last line\n"); err == nil; time.Sleep(500 * time.Millisecond) {
		_, err = c.Write(last) // until the other end has it and leaves
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, c.Close())
}

func offer(ctx context.Context, p *platform.Platform, id abi.Domid_t, n int) error {
	c, err := console.Offer(ctx, p, id, 1)
	if err != nil {
		return err
	}
	want := make([]byte, n)
	for i := range want {
		want[i] = byte(i * 7 / 3)
	}
	sent := make(chan error)
	go func() {
		_, err := c.Write(want)
		sent <- err
	}()
	got := make([]byte, n)
	_, err = io.ReadFull(c, got)
	if err == nil && !bytes.Equal(got, want) {
		err = errors.New("other bytes came back")
	}
	return errors.Join(err, <-sent, c.Close())
}

// stall wants the loss to be said, and what is behind it.
func stall(ctx context.Context, p *platform.Platform, id abi.Domid_t) error {
	c, err := console.Offer(ctx, p, id, 1)
	if err != nil {
		return err
	}
	time.Sleep(4 * time.Second)
	var all []byte
	for buf := make([]byte, 4096); !bytes.Contains(all, []byte("the last line\n")); {
		n, err := c.Read(buf)
		if err != nil {
			return err
		}
		all = append(all, buf[:n]...)
	}
	if err := account(all); err != nil {
		return err
	}
	return c.Close()
}

// account wants what came and what was said to be lost to be all of it. Of the
// last line, too, some may have been lost.
func account(all []byte) error {
	kept, lost := bytes.Count(all, []byte("x")), 0
	for _, said := range regexp.MustCompile(`(?m)^domlet: console: (\d+) bytes dropped$`).FindAllSubmatch(all, -1) {
		n, _ := strconv.Atoi(string(said[1]))
		lost += n
	}
	fmt.Println("kept", kept, "lost", lost)
	if kept == 100_000 || kept+lost < 100_000 || (kept+lost-100_000)%len("the last line\n") != 0 {
		return fmt.Errorf("that is not what was written; the end: %q", all[max(0, len(all)-200):])
	}
	return nil
}
