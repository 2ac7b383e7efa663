// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How an interface gets its addresses, as somebody wrote it down. Pure.

package stack

import (
	"fmt"
	"net/netip"
	"strings"
)

// Settings are what was written down for the interface of a domain.
type Settings struct {
	// DHCP: addresses, router and name servers of IPv4 come from the network. It
	// is so where no address is given.
	DHCP bool
	// Addresses are the interface's own, with the length of the network's part.
	Addresses []netip.Prefix
	// Gateways are the routers to everywhere, one of each family at most.
	Gateways []netip.Addr
	// Servers are name servers.
	Servers []netip.Addr
}

// ParseSettings reads words that commas separate: addresses with their prefix
// length, gateway=ADDRESS, dns=ADDRESS, dhcp. Nothing at all means dhcp.
//
//	10.13.0.20/24,gateway=10.13.0.1,dns=10.13.0.1,fd00::20/64
func ParseSettings(text string) (Settings, error) {
	var s Settings
	if text == "" {
		text = "dhcp"
	}
	for _, word := range strings.Split(text, ",") {
		if err := s.word(word); err != nil {
			return Settings{}, err
		}
	}
	return s, nil
}

// word reads one word.
func (s *Settings) word(word string) error {
	key, value, named := strings.Cut(word, "=")
	switch {
	case word == "dhcp":
		s.DHCP = true
		return nil
	case !named:
		p, err := netip.ParsePrefix(word)
		if err != nil || p.Addr().Is4In6() {
			return fmt.Errorf("net/stack: %q is neither dhcp nor an address with its prefix length", word)
		}
		s.Addresses = append(s.Addresses, p)
		return nil
	}
	a, err := netip.ParseAddr(value)
	if err != nil || a.Is4In6() || a.Zone() != "" {
		return fmt.Errorf("net/stack: %s= takes an address, not %q", key, value)
	}
	switch key {
	case "gateway":
		s.Gateways = append(s.Gateways, a)
	case "dns":
		s.Servers = append(s.Servers, a)
	default:
		return fmt.Errorf("net/stack: %q is none of gateway=, dns=, dhcp", word)
	}
	return nil
}
