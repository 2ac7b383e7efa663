// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Two links made one, as a firewall without rules would. On goroutines of its own.

package netiftest

import "github.com/domlet/domlet/net/netif"

// Join sends on to each link what comes on the other, until one fails: with
// net.ErrClosed when it is closed. What is left to another end, segments and
// checksums, stays so where the next end takes it.
func Join(a, b *netif.Link) error {
	ended := make(chan error, a.Queues()+b.Queues())
	for _, way := range [][2]*netif.Link{{a, b}, {b, a}} {
		for queue := range way[0].Queues() {
			go func() { ended <- pass(way[0], way[1], queue) }()
		}
	}
	return <-ended
}

// pass sends on what comes on one queue.
func pass(from, to *netif.Link, queue int) error {
	batch := make([]netif.Packet, 32)
	for {
		n, err := from.Receive(queue, batch, nil)
		if err == nil {
			err = Send(to, queue, batch[:n])
		}
		if err != nil {
			return err
		}
	}
}
