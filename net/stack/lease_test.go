// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// When the DHCP client asks, and what becomes of a lease. Its clock is one that moves
// when everybody waits. Host only.

package stack

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
)

// asked runs a client for that long against a server, which has an answer to a
// message or nil, and returns when it sent a message and when it applied a lease (0 is
// the beginning; its end is below zero).
func asked(t *testing.T, long time.Duration, answer func(question *dhcpv4.DHCPv4) *dhcpv4.DHCPv4) (sent, applied []time.Duration) {
	t.Helper()
	const most = 1000 // more than that in any time is without end
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	began, came := time.Now(), make(chan []byte, 8)
	c := &client{
		mac:     func() net.HardwareAddr { return net.HardwareAddr{0, 0x16, 0x3e, 0, 0, 1} },
		receive: came,
		send: func(message []byte) {
			if sent = append(sent, time.Since(began)); len(sent) == most {
				cancel()
			}
			question, err := dhcpv4.FromBytes(message)
			if err != nil {
				t.Fatal(err)
			}
			if a := answer(question); a != nil {
				came <- a.ToBytes()
			}
		},
		apply: func(now, _ *lease) {
			at := time.Since(began)
			if now == nil {
				at = -at
			}
			applied = append(applied, at)
		},
	}
	c.run(ctx)
	return sent, applied
}

// answerTo is a server's usual answer, with a lease of so many seconds.
func answerTo(t *testing.T, question *dhcpv4.DHCPv4, seconds uint32, change ...dhcpv4.Modifier) *dhcpv4.DHCPv4 {
	t.Helper()
	kind := dhcpv4.MessageTypeOffer
	if question.MessageType() == dhcpv4.MessageTypeRequest {
		kind = dhcpv4.MessageTypeAck
	}
	a, err := dhcpv4.NewReplyFromRequest(question, append([]dhcpv4.Modifier{dhcpv4.WithMessageType(kind), dhcpv4.WithYourIP(net.IPv4(10, 0, 0, 50)),
		dhcpv4.WithServerIP(net.IPv4(10, 0, 0, 1)), dhcpv4.WithNetmask(net.CIDRMask(24, 32)), dhcpv4.WithLeaseTime(seconds)}, change...)...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestRefusedForEver: a server that answers at once, but never with a lease that can be
// used, is not asked all the time.
func TestRefusedForEver(t *testing.T) {
	for name, change := range map[string]dhcpv4.Modifier{
		"refused":          dhcpv4.WithMessageType(dhcpv4.MessageTypeNak),
		"without a prefix": dhcpv4.WithNetmask(net.CIDRMask(0, 32)),
	} {
		synctest.Test(t, func(t *testing.T) {
			sent, _ := asked(t, time.Minute, func(q *dhcpv4.DHCPv4) *dhcpv4.DHCPv4 {
				if q.MessageType() == dhcpv4.MessageTypeDiscover {
					return answerTo(t, q, 3600)
				}
				return answerTo(t, q, 3600, change)
			})
			if len(sent) > 20 {
				t.Errorf("%s: %d messages in %v", name, len(sent), sent[len(sent)-1])
			}
		})
	}
}

// TestRenewal: a lease is renewed at half its time, however short it is, and one that
// nobody renews is not used for longer than it was given.
func TestRenewal(t *testing.T) {
	for _, seconds := range []uint32{30, 60, 100, 120, 3600, 86400} {
		for _, silent := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				length := time.Duration(seconds) * time.Second
				sent, applied := asked(t, length+time.Second, func(q *dhcpv4.DHCPv4) *dhcpv4.DHCPv4 {
					if silent && !q.ClientIPAddr.IsUnspecified() {
						return nil
					}
					return answerTo(t, q, seconds)
				})
				if len(sent) < 3 || sent[2] != length/2 {
					t.Errorf("a lease of %v: messages at %v", length, sent)
				}
				if want := []time.Duration{0, -length}; silent && !slices.Equal(applied[:min(2, len(applied))], want) {
					t.Errorf("a lease of %v that is not renewed: %v", length, applied)
				}
			})
		}
	}
}

// given is a lease from a server.
func given(prefix, router string, servers ...string) *lease {
	l := &lease{prefix: netip.MustParsePrefix(prefix), router: netip.MustParseAddr(router)}
	for _, s := range servers {
		l.servers = append(l.servers, netip.MustParseAddr(s))
	}
	return l
}

// TestOtherServers: a renewed lease may have other name servers.
func TestOtherServers(t *testing.T) {
	a, _ := cable(0)
	n, _ := wired(t, a, 1, "dhcp")
	var written []string
	n.write = func(_ string, text []byte) { written = append(written, string(text)) }
	one, same := given("10.0.0.5/24", "10.0.0.1", "10.0.0.8"), given("10.0.0.5/24", "10.0.0.1", "10.0.0.8")
	n.changeLease(one, nil)
	n.changeLease(same, one)
	n.changeLease(given("10.0.0.5/24", "10.0.0.1", "10.0.0.9"), same)
	if want := []string{"nameserver 10.0.0.8\n", "nameserver 10.0.0.9\n"}; !slices.Equal(written, want) {
		t.Errorf("wrote %q", written)
	}
}

// TestLeaseAndSettings: the end of a lease takes away no route of what was written down.
func TestLeaseAndSettings(t *testing.T) {
	a, _ := cable(0)
	n, _ := wired(t, a, 1, "dhcp,10.0.0.7/24,gateway=10.0.0.1")
	before := fmt.Sprint(n.s.GetRouteTable())
	for _, router := range []string{"10.0.0.1", "10.0.0.254"} {
		l := given("10.0.0.5/24", router)
		n.changeLease(l, nil)
		if now := fmt.Sprint(n.s.GetRouteTable()); strings.Count(now, "nic") != strings.Count(before, "nic")+2 {
			t.Errorf("with a lease: %v", now)
		}
		n.changeLease(nil, l)
		if now := fmt.Sprint(n.s.GetRouteTable()); now != before {
			t.Errorf("behind a lease over %s: %v, not %v", router, now, before)
		}
	}
}
