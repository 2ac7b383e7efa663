// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// An event channel, those who wait at it, and what becomes of events without
// end. Any goroutine.

package netif

import (
	"sync/atomic"
	"time"

	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/evtchn"
)

// port is an event channel and who waits at it: both directions may share one.
type port struct {
	channel *evtchn.Channel
	bell    *evtchn.Bell
	clock   clock.Clock
	vain    atomic.Int32 // wake-ups since something was moved
}

func newPort(c *evtchn.Channel, k clock.Clock) *port {
	return &port{channel: c, bell: evtchn.NewBell(c), clock: k}
}

// An honest end sends events for something. After vainLimit of them for nothing
// in a row, each further one is followed by a pause: however many the other end
// sends, they cost a thousand looks a second and no more (XSA-391).
const (
	vainLimit = 100
	pause     = time.Millisecond
)

// wait waits for an event after those seen.
func (p *port) wait(seen uint64) {
	p.bell.Wait(seen) // an error is the end of the connection: the next look finds that
	if p.vain.Add(1) > vainLimit {
		p.calm()
	}
}

// moved notes that the events are for something.
func (p *port) moved() { p.vain.Store(0) }

// calm keeps events back for a while: a masked port costs nothing, and forgets
// nothing. Where the channel is closed meanwhile, neither does anything.
func (p *port) calm() {
	if p.channel.Mask() != nil {
		return
	}
	over := make(chan struct{})
	p.clock.AfterFunc(pause, func() { close(over) })
	<-over
	p.channel.Unmask()
}
