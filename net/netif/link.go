// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A link, as its user has it, at either end. Any goroutine.

package netif

import (
	"context"
	"errors"
	"iter"
	"sync"
)

// Link is one end of a network interface. Any goroutine may call its methods;
// those that wait end with net.ErrClosed when Close is called.
type Link struct {
	in, out []flow // by queue
	count   counters

	poke    chan struct{} // wakes the manager; capacity 1
	stop    context.CancelFunc
	done    chan struct{} // closed when the manager has ended
	watches sync.WaitGroup

	mu     sync.Mutex    // covers what follows
	info   Info          // as it stands
	turn   chan struct{} // closed, and replaced, at every change
	broken error         // a violation that the manager has not seen
	blind  error         // why a watch ended: the link cannot go on
	ended  error         // why the link is over
}

func newLink(c Config) *Link {
	return &Link{
		in: make([]flow, c.Queues), out: make([]flow, c.Queues),
		poke: make(chan struct{}, 1), done: make(chan struct{}), turn: make(chan struct{}),
	}
}

// Queues returns how many queues the link has at most. Packets may come on any of
// them, so each needs somebody to receive. Those that are not in use are quiet,
// and what is sent on one goes on another.
func (l *Link) Queues() int { return len(l.in) }

// Receive waits for packets and puts at least one into the batch. For each packet
// that came, alloc is called for n bytes of memory, which the packet is copied
// into and is the Data of; it returns nil where there is no memory, and the
// packet is dropped. Where alloc is nil, the memory is new. The packets of a batch
// have what alloc returned, in the same order, but memory of packets whose pages
// could not be read is left out. n may be greater than MaxPacket, by the slots
// that a backend may use: it is at most 18 pages. alloc must not call the link.
func (l *Link) Receive(queue int, batch []Packet, alloc func(n int) []byte) (int, error) {
	if alloc == nil {
		alloc = func(n int) []byte { return make([]byte, n) }
	}
	if len(batch) == 0 {
		return 0, errors.New("netif: Receive into an empty batch would wait for ever: give it room for a packet")
	}
	f := &l.in[queue]
	for {
		turn, err := l.present()
		if err != nil {
			return 0, err
		}
		n, _, err := f.move(batch, alloc, &l.count)
		l.violation(err)
		if n > 0 {
			l.count.receive(batch[:n])
			return n, nil
		}
		_, err = f.wait(turn, &l.count)
		l.violation(err)
	}
}

// Transmit sends the packets of a batch in turn, as many as there is room for,
// and returns how many that were. It never waits and keeps nothing of them. A
// packet that cannot be sent at all counts as sent, and is dropped and counted: so
// do all while the link is not up.
func (l *Link) Transmit(queue int, batch []Packet) (int, error) {
	if _, err := l.present(); err != nil {
		return 0, err
	}
	f := &l.out[l.using(queue)]
	n, on, err := f.move(batch, nil, &l.count)
	l.violation(err)
	if !on || err != nil {
		l.count.dropped[DownDrop].Add(uint64(len(batch) - n))
		return len(batch), nil
	}
	return n, nil
}

// Ready waits until there is room for the packet at which Transmit stopped, or
// until the link is not up. Room may be gone again when somebody else sends.
func (l *Link) Ready(queue int) error {
	for {
		turn, err := l.present()
		if err != nil {
			return err
		}
		f := &l.out[l.using(queue)]
		if !f.on() {
			return nil
		}
		ready, err := f.wait(turn, &l.count)
		l.violation(err)
		if ready {
			return nil
		}
	}
}

// using is the queue in use that stands for one that may not be.
func (l *Link) using(queue int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return queue % max(1, l.info.Queues)
}

// present returns the channel that is closed at the next change, or why the link
// is over.
func (l *Link) present() (<-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.turn, l.ended
}

// violation has the manager end the connection because of err, if there is one.
func (l *Link) violation(err error) {
	if err == nil {
		return
	}
	l.mu.Lock()
	if l.broken == nil {
		l.broken = err
	}
	l.mu.Unlock()
	l.wake()
}

// wake has the manager look.
func (l *Link) wake() {
	select {
	case l.poke <- struct{}{}:
	default:
	}
}

// Info returns the link as it stands.
func (l *Link) Info() Info {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.info
}

// Changes returns an iterator over what the link is: now, and after each change.
// Changes that follow each other fast may come as one. An error is the last
// value: the context's when that ends, net.ErrClosed after Close.
func (l *Link) Changes(ctx context.Context) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		var last Info
		for first := true; ; {
			turn, err := l.present()
			if err != nil {
				yield(Info{}, err)
				return
			}
			if now := l.Info(); first || now != last {
				if !yield(now, nil) {
					return
				}
				first, last = false, now
			}
			select {
			case <-turn:
			case <-ctx.Done():
				yield(Info{}, ctx.Err())
				return
			}
		}
	}
}

// Stats returns what was counted so far.
func (l *Link) Stats() Stats { return l.count.stats() }

// Close ends the link: the other end is told, and what the link used is given
// back. It waits for calls that move packets; calls that wait end. Closing again
// waits for the first Close.
func (l *Link) Close() error {
	l.stop()
	<-l.done
	return nil
}

// change applies a change to what the link is, and tells who waits for one.
func (l *Link) change(f func(i *Info)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.info
	f(&l.info)
	if l.info != before {
		l.turnOver()
	}
}

func (l *Link) turnOver() {
	close(l.turn)
	l.turn = make(chan struct{})
}

// attach begins to use a connection.
func (l *Link) attach(c *connection) {
	for i := range c.queues {
		q := &c.queues[i]
		l.in[i].set(q.in, q.inPort)
		l.out[i].set(q.out, q.outPort)
	}
	l.count.connections.Add(1)
	l.mu.Lock()
	l.info.Queues, l.info.Peer, l.info.Err = len(c.queues), c.takes, nil
	l.turnOver() // who waits for a connection goes on, whatever else changes
	l.mu.Unlock()
}

// detach ends the use of a connection: nobody uses it any more when it returns.
func (l *Link) detach() {
	for i := range l.in {
		l.in[i].set(nil, nil)
		l.out[i].set(nil, nil)
	}
}

// down tells that there is no connection, after what it used was given back.
func (l *Link) down(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.info.Up, l.info.Err = false, why
	l.turnOver()
}
