// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How a link is to be. Any goroutine.

package netif

import "math/bits"

// Config is how a link is to be. The zero value is right for most.
type Config struct {
	// Queues is how many queues there are at most, each with rings and a receiver
	// of its own; 0 is 1.
	Queues int
	// ReceivePages and TransmitPages are how many pages a frontend grants for each
	// queue: a power of two from 64 to 256, or the next below; 0 is 256 and 128.
	ReceivePages, TransmitPages int
	// Later has OpenFront wait, in the background, for an interface that the domain
	// does not have yet: its link comes up when the toolstack has given it.
	Later bool
	// Features are what is offered to the other end; nil is all.
	Features *Features
	// OneEvent has both directions of a queue share an event channel, though the
	// other end would take one for each.
	OneEvent bool
}

// Bounds of the sizes in a Config.
const (
	maxQueues    = 64
	minPages     = 64
	maxPages     = 256
	receivePages = 256
	sendPages    = 128
)

// settled fills in what was left out and keeps the bounds.
func (c Config) settled() Config {
	c.Queues = min(max(c.Queues, 1), maxQueues)
	c.ReceivePages = pages(c.ReceivePages, receivePages)
	c.TransmitPages = pages(c.TransmitPages, sendPages)
	if c.Features == nil {
		all := AllFeatures()
		c.Features = &all
	}
	return c
}

func pages(n, usual int) int {
	if n == 0 {
		n = usual
	}
	return 1 << (bits.Len(uint(min(max(n, minPages), maxPages))) - 1)
}
