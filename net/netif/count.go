// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Counting, by all goroutines that move packets.

package netif

import "sync/atomic"

// counters are what Stats are made of.
type counters struct {
	sent, received           atomic.Uint64
	sentBytes, receivedBytes atomic.Uint64
	notifications, events    atomic.Uint64
	connections, violations  atomic.Uint64
	dropped                  [Drops]atomic.Uint64
}

func (c *counters) drop(why Drop) { c.dropped[why].Add(1) }

// receive counts packets that were received.
func (c *counters) receive(batch []Packet) {
	n := 0
	for i := range batch {
		n += len(batch[i].Data)
	}
	c.received.Add(uint64(len(batch)))
	c.receivedBytes.Add(uint64(n))
}

// stats returns what was counted.
func (c *counters) stats() Stats {
	s := Stats{
		Sent: c.sent.Load(), Received: c.received.Load(),
		SentBytes: c.sentBytes.Load(), ReceivedBytes: c.receivedBytes.Load(),
		Notifications: c.notifications.Load(), Events: c.events.Load(),
		Connections: c.connections.Load(), Violations: c.violations.Load(),
	}
	for why := range c.dropped {
		s.Dropped[why] = c.dropped[why].Load()
	}
	return s
}
