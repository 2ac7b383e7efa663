// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package netiftest is what a link must carry, told once: between two ends in
// memory, and between two domains. One end sends, compares and counts, the other
// sends back what comes. On the goroutines of a test or a guest.
package netiftest

import (
	"bytes"
	"fmt"

	"github.com/domlet/domlet/net/netif"
)

// Echo sends back what comes, on all queues, until that fails: with net.ErrClosed
// when the link is closed.
func Echo(l *netif.Link) error {
	ended := make(chan error, l.Queues())
	for queue := range l.Queues() {
		go func() { ended <- pass(l, l, queue) }()
	}
	return <-ended
}

// Send sends all packets, and waits for room where it must.
func Send(l *netif.Link, queue int, packets []netif.Packet) error {
	for {
		n, err := l.Transmit(queue, packets)
		if err != nil || n == len(packets) {
			return err
		}
		packets = packets[n:]
		if err := l.Ready(queue); err != nil {
			return err
		}
	}
}

// window is how many packets are on their way at a time.
const window = 8

// Sizes are lengths of frames around what matters: an Ethernet header, the usual
// MTU, pages, an MTU of 9000, and what stands for many segments.
func Sizes() []int { return []int{netif.MinPacket, 60, 1514, 4096, 4097, 9014, 65226} }

// Bounce sends n packets of each size on each queue to an end that sends them back,
// and wants them as they were, in order.
func Bounce(l *netif.Link, n int, fill byte) error {
	p := &prober{link: l}
	for queue := range l.Info().Queues {
		for i, size := range Sizes() {
			if err := p.bounce(queue, n, p.packet(size, fill+byte(i))); err != nil {
				return fmt.Errorf("queue %d, %d bytes: %w", queue, size, err)
			}
		}
	}
	return nil
}

// prober is the end that compares.
type prober struct {
	link  *netif.Link
	mem   []byte
	batch [window]netif.Packet
}

// packet makes a packet in three pieces.
func (p *prober) packet(size int, fill byte) netif.Packet {
	data := bytes.Repeat([]byte{fill}, size)
	for i := range data[:size/2] {
		data[i] = byte(i)
	}
	q := netif.Packet{Data: data[:size/3], More: [][]byte{data[size/3 : size/2], data[size/2:]}}
	if size > 9014 {
		q.Checksum, q.GSO = netif.Blank, netif.GSO{Kind: netif.TCP6, Size: 1428}
	}
	return q
}

// bounce sends a packet n times.
func (p *prober) bounce(queue, n int, out netif.Packet) error {
	for done := 0; done < n; done += window {
		batch := p.batch[:min(window, n-done)]
		for i := range batch {
			batch[i] = out
		}
		if err := Send(p.link, queue, batch); err != nil {
			return err
		}
		if err := p.compare(queue, batch, out); err != nil {
			return err
		}
	}
	return nil
}

// compare receives as many packets as the batch has room for.
func (p *prober) compare(queue int, batch []netif.Packet, out netif.Packet) error {
	for len(batch) > 0 {
		n, err := p.link.Receive(queue, batch, p.alloc)
		if err != nil {
			return err
		}
		for i := range n {
			b := &batch[i]
			if !same(b.Data, &out) || b.Checksum != out.Checksum || b.GSO != out.GSO {
				return fmt.Errorf("%d bytes, checksum %d, %+v came back for %d bytes, checksum %d, %+v",
					len(b.Data), b.Checksum, b.GSO, out.Len(), out.Checksum, out.GSO)
			}
		}
		batch = batch[n:]
	}
	return nil
}

// same compares bytes with those of a packet in pieces.
func same(b []byte, p *netif.Packet) bool {
	if len(b) != p.Len() {
		return false
	}
	at := 0
	for _, piece := range append([][]byte{p.Data}, p.More...) {
		if !bytes.Equal(b[at:at+len(piece)], piece) {
			return false
		}
		at += len(piece)
	}
	return true
}

// alloc gives memory for what comes back. It is used again: nobody keeps it.
func (p *prober) alloc(n int) []byte {
	if len(p.mem) < n {
		p.mem = make([]byte, 1<<20)
	}
	b := p.mem[:n]
	p.mem = p.mem[n:]
	return b
}
