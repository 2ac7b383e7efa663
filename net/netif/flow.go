// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// One direction of a queue: a ring while there is one, and those who wait for it.
// Any goroutine.

package netif

import "sync"

// half is one end of one ring. One goroutine at a time uses it.
type half interface {
	// move receives packets into a batch, with memory from alloc, or sends those of
	// a batch: as many as it can at once. After an error it is good for nothing;
	// packets that were moved before it count.
	move(batch []Packet, alloc func(n int) []byte) (n int, notify bool, err error)
	// await asks for an event when move can go on. True: it can at once.
	await() (bool, error)
}

// flow is one direction of a queue. It has a half while the link is up.
type flow struct {
	mu   sync.Mutex // held while packets are moved
	half half
	port *port
}

// set gives the flow a half, or takes it away: when set returns, nobody uses the
// one before.
func (f *flow) set(h half, p *port) {
	f.mu.Lock()
	f.half, f.port = h, p
	f.mu.Unlock()
}

// move moves packets if there is a half. on tells whether there was one.
func (f *flow) move(batch []Packet, alloc func(n int) []byte, count *counters) (n int, on bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.half == nil {
		return 0, false, nil
	}
	n, notify, err := f.half.move(batch, alloc)
	if n > 0 {
		f.port.moved()
	}
	if notify {
		count.notifications.Add(1)
		if lost := f.port.channel.Notify(); err == nil {
			err = lost
		}
	}
	return n, true, f.unless(err)
}

// unless puts a half out of use that failed. The flow's lock is held.
func (f *flow) unless(err error) error {
	if err != nil {
		f.half, f.port = nil, nil
	}
	return err
}

// wait waits until the half may go on, or until turn is closed where there is
// none: the link has changed then. True: the half can go on.
func (f *flow) wait(turn <-chan struct{}, count *counters) (bool, error) {
	f.mu.Lock()
	p := f.port
	if p == nil {
		f.mu.Unlock()
		<-turn
		return false, nil
	}
	seen := p.bell.Rings()
	ready, err := f.half.await()
	f.unless(err)
	f.mu.Unlock()
	if ready || err != nil {
		return ready, err
	}
	count.events.Add(1)
	p.wait(seen)
	return false, nil
}

// on reports whether there is a half.
func (f *flow) on() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.half != nil
}
