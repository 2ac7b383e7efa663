// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command vif is one end of a network interface, without any stack above it.
//
//	vif front ROUNDS    interface 0 of this domain, against vif back: whatever is
//	                    sent comes back
//	vif back            serves the first interface that this domain is to serve:
//	                    what comes is sent back
//	vif join            makes one of that interface and of interface 0 of this
//	                    domain: what comes on the one goes out on the other
//	vif ping OWN OTHER  interface 0 of this domain, against Linux: from the IPv4
//	                    address OWN, ARP, ICMP, UDP and TCP to the address OTHER
//
// front and back wait for the interface, which xl may attach later. front prints
// "ok round N" after each of its rounds, and waits for the interface to go before
// the next; back goes on until it is destroyed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/domlet/domlet/net/netif"
	"github.com/domlet/domlet/net/netif/netiftest"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/platform/local"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Println("FAIL", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	p, err := local.Open(ctx)
	switch {
	case err != nil:
		return err
	case len(args) == 2 && args[0] == "front":
		return frontWords(ctx, p, args[1])
	case len(args) == 1 && args[0] == "back":
		l, err := openBack(ctx, p)
		if err != nil {
			return err
		}
		return netiftest.Echo(l)
	case len(args) == 1 && args[0] == "join":
		return join(ctx, p)
	case len(args) == 3 && args[0] == "ping":
		return pingWords(ctx, p, args[1], args[2])
	}
	return fmt.Errorf("usage: vif front ROUNDS | back | join | ping OWN OTHER")
}

func frontWords(ctx context.Context, p *platform.Platform, count string) error {
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	l, err := openFront(ctx, p)
	if err != nil {
		return err
	}
	return rounds(ctx, l, n)
}

func pingWords(ctx context.Context, p *platform.Platform, own, other string) error {
	from, err := netip.ParseAddr(own)
	if err != nil {
		return err
	}
	to, err := netip.ParseAddr(other)
	if err != nil {
		return err
	}
	l, err := openFront(ctx, p)
	if err != nil {
		return err
	}
	return (&host{link: l, own: from, other: to}).ask(ctx)
}

func join(ctx context.Context, p *platform.Platform) error {
	a, err := openFront(ctx, p)
	if err != nil {
		return err
	}
	b, err := openBack(ctx, p)
	if err != nil {
		return err
	}
	go report(ctx, a, b)
	return netiftest.Join(a, b)
}

// report says what both links carried, every second in which it was something.
func report(ctx context.Context, a, b *netif.Link) {
	for last := a.Stats(); ctx.Err() == nil; time.Sleep(time.Second) {
		if now := a.Stats(); now != last {
			last = now
			fmt.Printf("front %+v\nback %+v\n", now, b.Stats())
		}
	}
}

// openBack serves an interface, once there is one.
func openBack(ctx context.Context, p *platform.Platform) (*netif.Link, error) {
	fmt.Println("waiting for an interface to serve")
	for list, err := range netif.Devices(ctx, p) {
		if err != nil {
			return nil, err
		}
		if len(list) > 0 {
			return netif.OpenBack(ctx, p, list[0].Front, list[0].Number, netif.Config{Queues: 2})
		}
	}
	return nil, ctx.Err()
}

// openFront waits until there is an interface.
func openFront(ctx context.Context, p *platform.Platform) (*netif.Link, error) {
	fmt.Println("waiting for an interface")
	for _, err := range p.Store.Watch(ctx, "device/vif") {
		if err != nil {
			return nil, err
		}
		if l, err := netif.OpenFront(ctx, p, 0, netif.Config{Queues: 2}); !errors.Is(err, fs.ErrNotExist) {
			return l, err
		}
	}
	return nil, ctx.Err()
}

// await waits until the link is up, or not.
func await(ctx context.Context, l *netif.Link, up bool) error {
	for i, err := range l.Changes(ctx) {
		if err != nil {
			return err
		}
		if i.Up == up {
			fmt.Printf("up %v, %v, mtu %d, %d queues, takes %+v, %v\n", i.Up, i.MAC, i.MTU, i.Queues, i.Peer, i.Err)
			return nil
		}
	}
	return nil
}
