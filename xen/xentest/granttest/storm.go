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

// users is how many goroutines are in the memory while it is closed.
const users = 64

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
	for off := uint32(0); off < grant.PageSize; off += 4 {
		s.Memory().Store32(off, mark)
	}
	var crowd sync.WaitGroup
	var wrong, ready atomic.Uint32
	for g := range uint32(users) {
		mem := s.Memory()
		if g%2 == 1 {
			mem = m.Memory()
		}
		crowd.Go(func() { visit(mem, g, mark, &wrong, &ready) })
	}
	for ready.Load() < users/2 {
		runtime.Gosched()
	}
	var ends sync.WaitGroup
	var errs [2]error
	ends.Go(func() { errs[0] = m.Close() })
	ends.Go(func() { errs[1] = s.Close() })
	ends.Wait()
	crowd.Wait()
	if w := wrong.Load(); w != 0 {
		errs[0] = errors.Join(errs[0], fmt.Errorf("somebody read %#x", w))
	}
	return errors.Join(errs[:]...)
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
