// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The end of grants and mappings, and what is put off. Any goroutine.

package grant

import (
	"slices"
	"sync/atomic"
	"time"
)

// retries is how many ended grants one call asks about again.
const retries = 16

// Without calls, all of them are asked about after firstPause, and then after
// pauses that double, up to lastPause: a peer that lets go is noticed within
// that, and one that never does costs a look in each.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = time.Second
)

// granted is what stands behind a Shared of a table.
type granted struct {
	t *table
	held
	back atomic.Bool // all pages are free
}

func (g *granted) returned() bool { return g.back.Load() }

func (g *granted) notify(off, port uint32) error { return nil }

// release ends the grant, at once or as soon as the peer lets go.
func (g *granted) release() error {
	t := g.t
	t.mu.Lock()
	defer t.mu.Unlock()
	t.retry(retries)
	t.shared -= len(g.refs)
	h := &held{g.mem, slices.Clone(g.refs), &g.back}
	t.waits += len(h.refs)
	if !t.finish(h) {
		t.ended = append(t.ended, h)
		t.pause = firstPause
		t.lookLater()
	}
	return nil
}

// lookLater sees to it that grants put off are asked about again. While there are
// none, there is no timer. Locked.
func (t *table) lookLater() {
	if !t.looking && len(t.ended) > 0 {
		t.looking = true
		t.clock.AfterFunc(t.pause, t.look)
	}
}

// look asks about all grants put off, when the timer says so.
func (t *table) look() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.looking = false
	t.retry(len(t.ended))
	t.pause = min(2*t.pause, lastPause)
	t.lookLater()
}

// finish ends what can be ended of h. True: all of it, and the pages are free.
func (t *table) finish(h *held) bool {
	h.refs = slices.DeleteFunc(h.refs, func(r Ref) bool {
		done := t.frames.end(r)
		if done {
			t.refs.give(r)
		}
		return done
	})
	if len(h.refs) > 0 {
		return false
	}
	t.waits -= len(h.mem) / PageSize
	t.p.Free(h.mem)
	h.back.Store(true)
	return true
}

// retry asks about the n grants that have waited longest since they were last
// asked about.
func (t *table) retry(n int) {
	for range min(n, len(t.ended)) {
		h := t.ended[0]
		t.ended = slices.Delete(t.ended, 0, 1)
		if !t.finish(h) {
			t.ended = append(t.ended, h)
		}
	}
}

// foreign is what stands behind a Mapping of a table.
type foreign struct {
	t *table
	f Foreign
}

func (f *foreign) notify(off, port uint32) error { return nil }

func (f *foreign) release() error {
	err := f.t.p.Unmap(f.f)
	if err == nil {
		f.t.count(-len(f.f.Handles))
	}
	return err
}
