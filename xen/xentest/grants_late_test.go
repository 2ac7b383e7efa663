// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Grants that a peer lets go of after their end, when nobody calls. Host.

package xentest

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/grant"
)

// counted is a clock that counts the timers set.
type counted struct {
	clock.System
	timers atomic.Int64
}

func (c *counted) AfterFunc(d time.Duration, f func()) clock.Timer {
	c.timers.Add(1)
	return c.System.AfterFunc(d, f)
}

// left is how many pages the domain may still share.
func (d *Domain) left() int {
	d.host.mu.Lock()
	defer d.host.mu.Unlock()
	return d.grants.pages
}

// TestPutOff: the pages come back within a second of the peer's letting go, though
// nobody calls; a peer that does not let go costs a look in a second at most; and
// while nothing is put off there is no timer.
func TestPutOff(t *testing.T) {
	bothVersions(t, GrantConfig{Pages: 10}, func(t *testing.T, h *Host, a, b *Domain) {
		synctest.Test(t, func(t *testing.T) {
			clk := &counted{}
			table := grant.New(hypervisor{a}, clk)
			for range 2 {
				putOff(t, table, a, b, clk)
			}
		})
	})
}

func putOff(t *testing.T, table grant.Table, a, b *Domain, clk *counted) {
	clk.timers.Store(0)
	first, second := shareOf(t, table, 4), shareOf(t, table, 5)
	m := mapped(t, b, 1, first.Refs())
	closed(t, second) // nobody maps it
	time.Sleep(time.Minute)
	if n := clk.timers.Load(); n != 0 {
		t.Errorf("%d timers were set when nothing was put off", n)
	}
	closed(t, first)
	time.Sleep(time.Minute)
	if left := a.left(); left != 6 {
		t.Errorf("%d pages are left while the peer maps 4 of 10", left)
	}
	looks := clk.timers.Load()
	if looks < 60 || looks > 70 {
		t.Errorf("%d looks in a minute", looks)
	}
	closed(t, m)
	time.Sleep(time.Second)
	if left := a.left(); left != 10 {
		t.Errorf("%d pages of 10 are left a second after the peer let go", left)
	}
	time.Sleep(time.Minute)
	if n := clk.timers.Load(); n > looks+1 {
		t.Errorf("%d timers were set when nothing was put off any more", n-looks)
	}
}

func shareOf(t *testing.T, table grant.Table, pages int) *grant.Shared {
	t.Helper()
	s, err := table.Share(2, pages, false)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// never is a clock whose timers do not run.
type never struct{ clock.System }

func (never) AfterFunc(time.Duration, func()) clock.Timer {
	return clock.System{}.AfterFunc(time.Hour, func() {})
}

// TestPutOffAndNeeded: who shares when nothing is left has the pages, and the
// entries, that peers have let go of meanwhile.
func TestPutOffAndNeeded(t *testing.T) {
	for name, c := range map[string]GrantConfig{"pages": {Pages: 100}, "entries": {MaxFrames: 1}} {
		t.Run(name, func(t *testing.T) {
			bothVersions(t, c, func(t *testing.T, h *Host, a, b *Domain) {
				table := grant.New(hypervisor{a}, never{})
				free := c.Pages
				if free == 0 {
					free = table.Stats().Free
				}
				var ends []func()
				for range 100 {
					s := shareOf(t, table, 1)
					m := mapped(t, b, 1, s.Refs())
					closed(t, s)
					ends = append(ends, func() { closed(t, m) })
				}
				for _, end := range ends {
					end()
				}
				closed(t, shareOf(t, table, free))
			})
		})
	}
}
