// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The DHCP client (RFC 2131): asking, and keeping what was given. On a goroutine
// of its own.

package stack

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

const (
	// firstWait and lastWait bound how long an answer is awaited: each time twice
	// as long (RFC 2131, 4.1).
	firstWait = time.Second
	lastWait  = 16 * time.Second
	// renewals is how often a server is asked at a time to renew a lease.
	renewals = 3
	// leastRenewal is the shortest time from one attempt to renew that failed to the next.
	leastRenewal = 60 * time.Second
	// usualLease is how long a lease is whose server does not say.
	usualLease = time.Hour
)

// lease is what a server gave.
type lease struct {
	ack     *dhcpv4.DHCPv4
	prefix  netip.Prefix
	router  netip.Addr // not valid: none
	servers []netip.Addr
	length  time.Duration
}

// client asks for leases.
type client struct {
	mac     func() net.HardwareAddr
	send    func(message []byte)
	receive <-chan []byte            // what came for a client of DHCP
	back    <-chan struct{}          // the link was down, and is up again
	apply   func(now, before *lease) // nil: none
}

// run gets a lease and keeps it, or gets another, until ctx ends. A lease of another
// Ethernet address than the link has now serves until there is one of this.
func (c *client) run(ctx context.Context) {
	var has *lease
	for ctx.Err() == nil {
		got := c.acquire(ctx)
		if got == nil {
			return
		}
		c.apply(got, has)
		var over bool
		if has, over = c.keep(ctx, got); over {
			c.apply(nil, has)
			has = nil
		}
	}
}

// acquire asks until somebody gives a lease. A server that answers at once, and to no
// end, is asked again no sooner than one that does not answer.
func (c *client) acquire(ctx context.Context) *lease {
	for wait := firstWait; ctx.Err() == nil; wait = min(2*wait, lastWait) {
		over := time.After(wait)
		if l := c.try(ctx, wait); l != nil {
			return l
		}
		select {
		case <-ctx.Done():
		case <-over:
		}
	}
	return nil
}

// try asks once. Nil: nobody gave a lease that can be used.
func (c *client) try(ctx context.Context, wait time.Duration) *lease {
	discover, err := dhcpv4.NewDiscovery(c.mac(), dhcpv4.WithRequestedOptions(wanted()...))
	if err != nil {
		return nil // no random number for it
	}
	offer := c.ask(ctx, discover, wait, dhcpv4.MessageTypeOffer)
	if offer == nil || offer.MessageType() != dhcpv4.MessageTypeOffer {
		return nil
	}
	request, err := dhcpv4.NewRequestFromOffer(offer, dhcpv4.WithRequestedOptions(wanted()...))
	if err != nil {
		return nil
	}
	ack := c.ask(ctx, request, wait, dhcpv4.MessageTypeAck)
	if ack == nil || ack.MessageType() != dhcpv4.MessageTypeAck {
		return nil
	}
	l, _ := newLease(ack)
	return l
}

// wanted are the options asked for.
func wanted() []dhcpv4.OptionCode {
	return []dhcpv4.OptionCode{dhcpv4.OptionSubnetMask, dhcpv4.OptionRouter, dhcpv4.OptionDomainNameServer}
}

// keep renews a lease at half its time and then more often, and when the link was
// down: it may be another network now. It returns the last one when that is over or
// refused, or when it is not this Ethernet address's any more, or ctx ends.
func (c *client) keep(ctx context.Context, l *lease) (last *lease, over bool) {
	end, tried := time.Now().Add(l.length), false
	for ctx.Err() == nil && slices.Equal(c.mac(), l.ack.ClientHWAddr) {
		rest := time.Until(end)
		if rest <= 0 {
			return l, true
		}
		wait := rest / 2
		if tried {
			wait = min(max(wait, leastRenewal), rest)
		}
		select {
		case <-ctx.Done():
			continue
		case <-c.back:
		case <-time.After(wait):
		}
		switch renewed, refused := c.renew(ctx, l, end); {
		case refused:
			return l, true
		case renewed != nil:
			c.apply(renewed, l)
			l, end, tried = renewed, time.Now().Add(renewed.length), false
		default:
			tried = true
		}
	}
	return l, false
}

// renew asks for more time, but not beyond the end of the lease. Neither a lease nor a
// refusal: nobody has answered.
func (c *client) renew(ctx context.Context, l *lease, end time.Time) (renewed *lease, refused bool) {
	for range renewals {
		wait := min(lastWait, time.Until(end))
		if wait <= 0 {
			break
		}
		request, err := dhcpv4.NewRenewFromAck(l.ack, dhcpv4.WithBroadcast(true))
		if err != nil {
			continue // no random number for it
		}
		answer := c.ask(ctx, request, wait, dhcpv4.MessageTypeAck)
		switch {
		case answer == nil:
			continue
		case answer.MessageType() == dhcpv4.MessageTypeNak:
			return nil, true
		}
		if renewed, err = newLease(answer); err == nil {
			return renewed, false
		}
	}
	return nil, false
}

// ask sends a message and waits for the answer to it of that type, or a refusal. Nil:
// there was none.
func (c *client) ask(ctx context.Context, m *dhcpv4.DHCPv4, wait time.Duration, want dhcpv4.MessageType) *dhcpv4.DHCPv4 {
	c.send(m.ToBytes())
	timeout := time.After(wait)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timeout:
			return nil
		case b := <-c.receive:
			answer, err := dhcpv4.FromBytes(b)
			if err != nil || answer.TransactionID != m.TransactionID || !slices.Equal(answer.ClientHWAddr, m.ClientHWAddr) {
				continue
			}
			if kind := answer.MessageType(); kind == want || kind == dhcpv4.MessageTypeNak {
				return answer
			}
		}
	}
}

var errLease = errors.New("net/stack: a DHCP server gave no address that can be used")

// newLease reads a server's consent.
func newLease(ack *dhcpv4.DHCPv4) (*lease, error) {
	l := &lease{ack: ack, length: ack.IPAddressLeaseTime(usualLease)}
	own, ok := netip.AddrFromSlice(ack.YourIPAddr.To4())
	ones, size := ack.SubnetMask().Size()
	if !ok || own.IsUnspecified() || own.IsMulticast() || own.IsLoopback() || size != 32 || ones == 0 || l.length <= 0 {
		return nil, errLease
	}
	l.prefix = netip.PrefixFrom(own, ones)
	for _, r := range ack.Router() {
		if a, ok := netip.AddrFromSlice(r.To4()); ok && l.prefix.Contains(a) {
			l.router = a
			break
		}
	}
	for _, s := range ack.DNS() {
		if a, ok := netip.AddrFromSlice(s.To4()); ok {
			l.servers = append(l.servers, a)
		}
	}
	return l, nil
}
