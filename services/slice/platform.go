// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The domain's interfaces as a slice sees them: counted, and given back with it. Any goroutine.

package slice

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/platform"
)

// Platform returns the domain's interfaces for use by this slice. Ports and pages that are taken through it count in the budget
// until they are back, which pages are only when the peer has let go of them; what is left is closed when the slice has ended.
// Functions of its clock run as goroutines of the slice's.
func (s *Slice) Platform() *platform.Platform {
	p := s.set.o.Platform
	return &platform.Platform{Events: bus{p.Events, s}, Grants: table{p.Grants, s}, Store: p.Store, Clock: timers{p.Clock, s}}
}

// handle is something of Xen's that a slice took.
type handle struct {
	bytes int
	port  bool
	back  func() bool // it costs nothing any more
	close func() error
}

// estate is what a slice took. Covered by the slice's lock.
type estate struct{ handles []handle }

// settle forgets what is back, and returns how many ports are left.
func (e *estate) settle(a *Account) (ports int) {
	kept := e.handles[:0]
	for _, h := range e.handles {
		switch {
		case h.back():
			a.drop(h.bytes)
			continue
		case h.port:
			ports++
		}
		kept = append(kept, h)
	}
	clear(e.handles[len(kept):])
	e.handles = kept
	return ports
}

// list is what there is now.
func (e *estate) list() []handle { return slices.Clone(e.handles) }

// acquire takes something of Xen's with take, within the budget.
func (s *Slice) acquire(bytes, port int, take func() (handle, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return ErrEnded
	}
	if ports := s.estate.settle(s.account); ports+port > s.budget.Ports {
		s.refused++
		return fmt.Errorf("%w: %d event channels are open", ErrBudget, ports)
	}
	if err := s.account.hold(bytes); err != nil {
		s.refused++
		return err
	}
	h, err := take()
	if err != nil {
		s.account.drop(bytes)
		return err
	}
	h.bytes, h.port = bytes, port > 0
	s.estate.handles = append(s.estate.handles, h)
	return nil
}

// bus counts event channels.
type bus struct {
	evtchn.Bus
	s *Slice
}

func (b bus) open(f func() (*evtchn.Channel, error)) (c *evtchn.Channel, err error) {
	err = b.s.acquire(0, 1, func() (handle, error) {
		c, err = f()
		return handle{back: func() bool { return isClosed(c) }, close: func() error { return c.Close() }}, err
	})
	return c, err
}

// isClosed reports whether a channel was closed.
func isClosed(c *evtchn.Channel) bool {
	_, err := c.Status()
	return errors.Is(err, os.ErrClosed)
}

// Unbound is the domain's.
func (b bus) Unbound(peer abi.Domid_t) (*evtchn.Channel, error) {
	return b.open(func() (*evtchn.Channel, error) { return b.Bus.Unbound(peer) })
}

// Interdomain is the domain's.
func (b bus) Interdomain(peer abi.Domid_t, port evtchn.Port) (*evtchn.Channel, error) {
	return b.open(func() (*evtchn.Channel, error) { return b.Bus.Interdomain(peer, port) })
}

// table counts shared and mapped pages.
type table struct {
	grant.Table
	s *Slice
}

// Share is the domain's.
func (t table) Share(peer abi.Domid_t, pages int, readOnly bool) (sh *grant.Shared, err error) {
	err = t.s.acquire(pages*grant.PageSize, 0, func() (handle, error) {
		sh, err = t.Table.Share(peer, pages, readOnly)
		return handle{back: func() bool { return sh.Returned() }, close: func() error { return sh.Close() }}, err
	})
	return sh, err
}

// Map is the domain's.
func (t table) Map(peer abi.Domid_t, refs []grant.Ref, readOnly bool) (m *grant.Mapping, err error) {
	err = t.s.acquire(len(refs)*grant.PageSize, 0, func() (handle, error) {
		m, err = t.Table.Map(peer, refs, readOnly)
		return handle{back: func() bool { return m.Memory().Closed() }, close: func() error { return m.Close() }}, err
	})
	return m, err
}

// timers has functions run as goroutines of the slice's.
type timers struct {
	clock.Clock
	s *Slice
}

// AfterFunc is the domain's clock's.
func (t timers) AfterFunc(d time.Duration, f func()) clock.Timer {
	return t.Clock.AfterFunc(d, func() { t.s.start("timer", func(context.Context) { f() }) })
}
