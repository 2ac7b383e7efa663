// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The way from the domain's first network interface to a network that can be
// used. Runs on the goroutine of the program's first call about a socket.

package stack

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"

	"github.com/domlet/domlet/net/netif"
	"github.com/domlet/domlet/xen/platform/local"
)

// connectTime is how long the interface may take to be connected before the
// program goes on without waiting for it.
const connectTime = 10 * time.Second

// Outside gives the network the domain's first interface, if it has one, with
// settings as ParseSettings reads them, or as xenstore tells them. It waits until the backend has connected
// it; one that takes longer comes later, in the background. With DHCP it also waits for
// the first lease. An interface that the domain does not have comes when the toolstack
// gives it one, if settings were written down for it.
func (n *Network) Outside(settings string) error {
	ctx, cancel := context.WithTimeout(context.Background(), connectTime)
	defer cancel()
	p, err := local.Open(ctx)
	if err != nil {
		return err
	}
	text := settings
	if text == "" {
		text = told(func(path string) string {
			v, _ := p.Store.Read(ctx, path) // what is not there, or not for us, tells nothing
			return v
		})
	}
	s, err := ParseSettings(text)
	if err != nil {
		return errors.Join(err, p.Store.Close())
	}
	config := configFor(runtime.NumCPU(), memoryLimit())
	l, err := netif.OpenFront(ctx, p, 0, config)
	switch {
	case err == nil:
		return n.await(ctx, l, s)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case settings == "":
		return p.Store.Close() // there is loopback
	}
	config.Later = true
	if l, err = netif.OpenFront(ctx, p, 0, config); err == nil {
		go n.follow(l, s, func(error) {})
	}
	return err
}

// await follows the link and waits until it can be used.
func (n *Network) await(ctx context.Context, l *netif.Link, s Settings) (err error) {
	outcome := make(chan error, 1)
	go n.follow(l, s, func(err error) {
		select {
		case outcome <- err:
		default: // the first counts
		}
	})
	select {
	case err = <-outcome:
	case <-ctx.Done():
	}
	return err
}

// follow makes the link an interface when it first comes up, and heeds what
// changes later, for as long as the domain lives.
func (n *Network) follow(l *netif.Link, s Settings, ready func(error)) {
	var at *link
	for info, err := range l.Changes(context.Background()) {
		if err != nil {
			ready(err)
			return
		}
		switch {
		case !info.Up:
		case at == nil:
			at = newLink(l, ownGauge(), info.MAC, info.MTU)
			n.begin(at, s, ready)
		default:
			n.s.SetNICMTU(outsideNIC, uint32(info.MTU))
			n.s.SetNICAddress(outsideNIC, tcpip.LinkAddress(info.MAC[:]))
			n.announce(at.LinkAddress())
			at.returned()
		}
	}
}

// begin makes the link an interface. It is ready at once, or with its first lease.
func (n *Network) begin(l *link, s Settings, ready func(error)) {
	if err := n.add(l, s); err != nil {
		ready(err)
		return
	}
	n.resolve(s.Servers)
	if s.DHCP {
		n.askForLease(context.Background(), l, func() { ready(nil) })
	} else {
		ready(nil)
	}
}
