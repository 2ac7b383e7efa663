// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package evtchn is event channels: how domains, and Xen, tell each other that
// there is something to look at.
//
// # The idea
//
// An event channel carries no data. One side makes a port for the other
// ([Bus].Unbound) and tells its number by some other way, which is xenstore as a
// rule; the other side binds to it ([Bus].Interdomain); from then on each may
// notify the other. Events that nobody has waited for yet are one event. So a
// user of this package writes what is to be seen into memory that both share,
// then notifies, and on the other side looks at that memory after each
// [Channel.Wait], whatever made it return:
//
//	for {
//		for work() {
//		}
//		if err := channel.Wait(ctx); err != nil {
//			return err
//		}
//	}
//
// That is all there is to lost wake-ups: an event that comes after the look and
// before the Wait is remembered, and ends the Wait at once. A Wait that ends
// without an event, by its context or deadline, leaves an event that comes at the
// same time to the next one.
//
// # One API, three worlds
//
// [Local] gives the event channels of the world the program runs in. In a domain
// of domlet's own (build tag domlet) a port has a slot in the Go runtime's
// network poller, so an event readies the goroutine that waits as a socket would
// on Linux; there is no goroutine in between. In a Linux process each channel is an
// open /dev/xen/evtchn, which the goroutine that waits reads by way of the same
// poller. In tests it is package xentest.
//
// # Trust
//
// The other end may notify at any time, as often as it likes, and close at any
// time. Close comes without an event: ask [Channel.Status], or notice that
// nothing happens. Events cost their receiver little: they are one until it has
// waited for it, and a masked channel costs it nothing.
//
// # Numbers run out, and come back
//
// A domain has a limited number of ports, by its configuration's
// max_event_channels (libxl's own value is 1023); the error says so. Xen gives a
// closed port's number to the next channel, therefore Close waits until no call
// on the channel is under way.
package evtchn
