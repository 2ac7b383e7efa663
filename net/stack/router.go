// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What IPv6 routers announce becomes routes. gVisor calls with its locks held, so
// the routes are made on a goroutine, in the order of the calls.

package stack

import (
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
)

// router is gVisor's NDPDispatcher.
type router struct {
	routes chan func(*stack.Stack) // to be made; what finds no room comes with the next announcement
}

func newRouter() *router { return &router{make(chan func(*stack.Stack), 64)} }

// run makes the routes.
func (r *router) run(s *stack.Stack) {
	for change := range r.routes {
		change(s)
	}
}

// change has the routes changed.
func (r *router) change(f func(*stack.Stack)) {
	select {
	case r.routes <- f:
	default:
	}
}

// set adds a route, or takes it away.
func (r *router) set(route tcpip.Route, there bool) {
	r.change(func(s *stack.Stack) {
		s.RemoveRoutes(func(other tcpip.Route) bool { return other.Equal(route) && other.Gateway == route.Gateway })
		if there {
			s.AddRoute(route)
		}
	})
}

// OnOffLinkRouteUpdated: a router leads to a network.
func (r *router) OnOffLinkRouteUpdated(nic tcpip.NICID, to tcpip.Subnet, by tcpip.Address, _ header.NDPRoutePreference) {
	r.set(tcpip.Route{Destination: to, Gateway: by, NIC: nic}, true)
}

// OnOffLinkRouteInvalidated: it no longer does.
func (r *router) OnOffLinkRouteInvalidated(nic tcpip.NICID, to tcpip.Subnet, by tcpip.Address) {
	r.set(tcpip.Route{Destination: to, Gateway: by, NIC: nic}, false)
}

// OnOnLinkPrefixDiscovered: a network is on the link itself.
func (r *router) OnOnLinkPrefixDiscovered(nic tcpip.NICID, to tcpip.Subnet) {
	r.set(tcpip.Route{Destination: to, NIC: nic}, true)
}

// OnOnLinkPrefixInvalidated: it no longer is.
func (r *router) OnOnLinkPrefixInvalidated(nic tcpip.NICID, to tcpip.Subnet) {
	r.set(tcpip.Route{Destination: to, NIC: nic}, false)
}

// The rest is not acted upon: gVisor itself keeps the addresses.

func (r *router) OnDuplicateAddressDetectionResult(tcpip.NICID, tcpip.Address, stack.DADResult) {}
func (r *router) OnAutoGenAddress(tcpip.NICID, tcpip.AddressWithPrefix) stack.AddressDispatcher {
	return nil
}
func (r *router) OnAutoGenAddressDeprecated(tcpip.NICID, tcpip.AddressWithPrefix)        {}
func (r *router) OnAutoGenAddressInvalidated(tcpip.NICID, tcpip.AddressWithPrefix)       {}
func (r *router) OnRecursiveDNSServerOption(tcpip.NICID, []tcpip.Address, time.Duration) {}
func (r *router) OnDNSSearchListOption(tcpip.NICID, []string, time.Duration)             {}
func (r *router) OnDHCPv6Configuration(tcpip.NICID, ipv6.DHCPv6ConfigurationFromNDPRA)   {}
