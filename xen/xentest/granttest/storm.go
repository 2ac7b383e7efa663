// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Closing under many users. Any goroutine.

package granttest

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/domlet/domlet/xen/grant"
)

// users is how many goroutines are in the memory on each side while it is closed.
const users = 32

// storm: goroutines read and write pages on both sides while both sides close.
// None faults, none sees what nobody stored, and the pages are used again for the
// next round's at once, so one that came back too early would be seen.
func storm(p Pair, n int) error {
	before := p.stats()
	for i := range n {
		if err := p.round(uint32(i + 1)); err != nil {
			return fmt.Errorf("round %d: %w", i, err)
		}
	}
	return p.settled(before)
}

// round fills a page with a mark, lets everybody loose on it, and closes.
func (p Pair) round(mark uint32) error {
	s, m, err := p.share(1)
	if err != nil {
		return err
	}
	Fill(s.Memory(), mark)
	ends := make(chan error)
	go func() { ends <- Storm(m.Memory(), 1, mark, m.Close) }()
	err = Storm(s.Memory(), 0, mark, s.Close)
	return errors.Join(err, <-ends)
}

// Fill writes a mark to every word.
func Fill(m *grant.Memory, mark uint32) {
	for off := uint32(0); off < uint32(m.Len()); off += 4 {
		m.Store32(off, mark)
	}
}

// Storm has goroutines use a page full of marks until it is closed, which it does
// when all are in it. They write only marks, too, and it is an error when one
// sees anything else. side is 0 for one domain and 1 for the other: they leave
// each other's bytes alone.
func Storm(m *grant.Memory, side, mark uint32, closePage func() error) error {
	var crowd sync.WaitGroup
	var wrong, ready atomic.Uint32
	for g := range uint32(users) {
		crowd.Go(func() { visit(m, 2*g+side, mark, &wrong, &ready) })
	}
	for ready.Load() < users {
		runtime.Gosched()
	}
	err := closePage()
	crowd.Wait()
	if w := wrong.Load(); w != 0 {
		err = errors.Join(err, fmt.Errorf("somebody read %#x, not %#x", w, mark))
	}
	return err
}

// visit uses memory in every way until it is closed. Each visitor writes to a
// place of its own, and only the mark; a visitor that sees anything but the mark,
// or nothing after Close, says what.
func visit(m *grant.Memory, g, mark uint32, wrong, ready *atomic.Uint32) {
	see := func(v uint32) {
		if v != mark && v != 0 {
			wrong.Store(v)
		}
	}
	for first := true; !m.Closed() || first; first = false {
		see(m.Load32(g * 4))
		m.Store32(g*4, mark)
		see(m.Or32(g*4, 0))
		see(m.And32(g*4, ^uint32(0)))
		var b [8]byte
		at := 2048 + g*8
		m.CopyOut(b[:4], at)
		see(uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24)
		m.Peek(at, 4, func(w []byte) { m.CopyIn(at+4, w) })
		if first {
			ready.Add(1)
		}
		runtime.Gosched() // the others want to be in it too
	}
}
