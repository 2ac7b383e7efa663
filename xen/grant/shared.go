// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The two handles of a table: pages that we granted, pages that we mapped. Any
// goroutine.

package grant

import "os"

// backing is what stands behind a handle in one of the worlds.
type backing interface {
	// notify arranges for a byte to be cleared and an event to be sent when the
	// process ends.
	notify(off, port uint32) error
	// release gives the pages back. Nobody uses the memory any more.
	release() error
}

// Shared is pages of ours that a peer may use.
type Shared struct {
	mem  *Memory
	refs []Ref
	b    backing
}

// Memory returns the pages.
func (s *Shared) Memory() *Memory { return s.mem }

// Refs returns the references to pass to the peer, one for each page in order.
// The caller must not change them.
func (s *Shared) Refs() []Ref { return s.refs }

// Notify arranges that the byte at off becomes 0 and an event is sent on our
// port when this process ends or the pages are closed, so that a peer learns of
// it. Only Linux can do that; elsewhere nothing happens. A page has one
// notification: the last.
func (s *Shared) Notify(off, port uint32) error { return s.b.notify(off, port) }

// Close ends the grant once nobody uses the memory. Where the peer still maps
// pages, they stay set aside until it lets go (Stats.Deferred); that is no error.
// The second call gives os.ErrClosed.
func (s *Shared) Close() error { return closeHandle(s.mem, s.b) }

// Returned reports whether the pages were closed and no peer holds on to them:
// until then they cost memory, which whoever bounds a peer counts as the peer's.
// Linux keeps such pages itself: there, closed is returned.
func (s *Shared) Returned() bool {
	late, ok := s.b.(interface{ returned() bool })
	return s.mem.Closed() && (!ok || late.returned())
}

// Mapping is pages of a peer that we mapped.
type Mapping struct {
	mem *Memory
	b   backing
}

func newMapping(mem []byte, readOnly bool, b backing) *Mapping {
	m := NewMemory(mem)
	m.readOnly = readOnly
	return &Mapping{m, b}
}

// Memory returns the pages. Where they were mapped for reading only, a write to
// them panics.
func (m *Mapping) Memory() *Memory { return m.mem }

// Notify is as for [Shared].
func (m *Mapping) Notify(off, port uint32) error { return m.b.notify(off, port) }

// Close unmaps the pages once nobody uses the memory. The second call gives
// os.ErrClosed.
func (m *Mapping) Close() error { return closeHandle(m.mem, m.b) }

func closeHandle(m *Memory, b backing) error {
	if m.close() != nil {
		return os.ErrClosed
	}
	return b.release()
}
