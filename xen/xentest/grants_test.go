// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Grants in memory: both versions of the table, its limits, and what peers that
// fail or lie can do. Host.

package xentest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/xentest/granttest"
)

// bothVersions runs a test with a granter (1) and a peer (2).
func bothVersions(t *testing.T, c GrantConfig, f func(t *testing.T, h *Host, a, b *Domain)) {
	for _, v := range []int{1, 2} {
		t.Run(fmt.Sprintf("v%d", v), func(t *testing.T) {
			h := New(t, uint64(testkit.Seed(t)))
			a, b := h.Domain(1), h.Domain(2)
			c.Version = v
			a.SetGrants(c)
			f(t, h, a, b)
		})
	}
}

func share(t *testing.T, d *Domain, peer abi.Domid_t, pages int) *grant.Shared {
	t.Helper()
	s, err := d.Grants().Share(peer, pages, false)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mapped(t *testing.T, d *Domain, peer abi.Domid_t, refs []grant.Ref) *grant.Mapping {
	t.Helper()
	m, err := d.Grants().Map(peer, refs, false)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func closed(t *testing.T, c interface{ Close() error }) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// inUse fails the test unless the domain has that many pages shared, deferred
// and mapped.
func inUse(t *testing.T, d *Domain, shared, deferred, mapped int) {
	t.Helper()
	s := d.Grants().Stats()
	if s.Shared != shared || s.Deferred != deferred || s.Mapped != mapped {
		t.Errorf("domain %d: %+v, not %d shared, %d deferred, %d mapped", d.ID(), s, shared, deferred, mapped)
	}
}

func TestShareAndMap(t *testing.T) {
	bothVersions(t, GrantConfig{}, func(t *testing.T, h *Host, a, b *Domain) {
		s := share(t, a, 2, 3)
		m := mapped(t, b, 1, s.Refs())
		s.Memory().Store32(8192, 5)
		if m.Memory().Len() != 3*grant.PageSize || m.Memory().Load32(8192) != 5 {
			t.Error("the peer does not see what was stored")
		}
		m.Memory().CopyIn(100, []byte("hello"))
		got := make([]byte, 5)
		s.Memory().CopyOut(got, 100)
		if string(got) != "hello" {
			t.Errorf("the granter sees %q", got)
		}
		inUse(t, a, 3, 0, 0)
		inUse(t, b, 0, 0, 3)
		closed(t, m)
		closed(t, s)
		inUse(t, a, 0, 0, 0)
		inUse(t, b, 0, 0, 0)
		if err := s.Close(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("second Close: %v", err)
		}
	})
}

func TestRefusals(t *testing.T) {
	bothVersions(t, GrantConfig{}, func(t *testing.T, h *Host, a, b *Domain) {
		s := share(t, a, 2, 1)
		ro, err := a.Grants().Share(2, 1, true)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Grants().Map(1, ro.Refs(), true); err != nil {
			t.Errorf("read-only: %v", err)
		}
		for _, c := range []struct {
			by   *Domain
			peer abi.Domid_t
			ref  grant.Ref
			want int16
		}{
			{b, 1, ro.Refs()[0], abi.GNTST_permission_denied},
			{h.Domain(3), 1, s.Refs()[0], abi.GNTST_permission_denied},
			{b, 9, s.Refs()[0], abi.GNTST_bad_domain},
			{b, 1, s.Refs()[0] + 5, abi.GNTST_bad_gntref},
			{b, 1, 1<<32 - 1, abi.GNTST_bad_gntref},
		} {
			_, err := c.by.Grants().Map(c.peer, []grant.Ref{c.ref}, false)
			var refused *grant.StatusError
			if !errors.As(err, &refused) || refused.Status != c.want {
				t.Errorf("map of %d by %d: %v", c.ref, c.by.ID(), err)
			}
		}
		inUse(t, b, 0, 0, 1)
	})
}

// TestEndWhileMapped: pages that a peer maps are set aside, and come back when
// it lets go. The host fails the test if one comes back early.
func TestEndWhileMapped(t *testing.T) {
	bothVersions(t, GrantConfig{}, func(t *testing.T, h *Host, a, b *Domain) {
		s := share(t, a, 2, 4)
		s.Memory().CopyIn(0, []byte("still there"))
		m := mapped(t, b, 1, s.Refs()[:2])
		closed(t, s)
		inUse(t, a, 0, 4, 0)
		if s.Returned() {
			t.Error("pages that a peer still maps are said to be back")
		}
		again := share(t, a, 2, 4)
		again.Memory().CopyIn(0, bytes.Repeat([]byte{0xff}, 4*grant.PageSize))
		got := make([]byte, 11)
		m.Memory().CopyOut(got, 0)
		if string(got) != "still there" {
			t.Errorf("the peer now sees %q", got)
		}
		closed(t, m)
		inUse(t, a, 4, 0, 0)
		if !s.Returned() || again.Returned() {
			t.Errorf("back: %v, pages in use: %v", s.Returned(), again.Returned())
		}
		reused := share(t, a, 2, 4)
		reused.Memory().Peek(0, reused.Memory().Len(), func(b []byte) {
			if !bytes.Equal(b, make([]byte, len(b))) {
				t.Error("a page was not cleared before it was shared again")
			}
		})
	})
}

func TestTableGrowsUntilFull(t *testing.T) {
	bothVersions(t, GrantConfig{MaxFrames: 3}, func(t *testing.T, h *Host, a, b *Domain) {
		perFrame := grant.PageSize / 8 / a.Grants().Stats().Version
		var all []*grant.Shared
		for range 3*perFrame - abi.GNTTAB_NR_RESERVED_ENTRIES {
			all = append(all, share(t, a, 2, 1))
		}
		_, err := a.Grants().Share(2, 1, false)
		if !errors.Is(err, grant.ErrTableFull) || !strings.Contains(err.Error(), "max_grant_frames") {
			t.Errorf("a full table: %v", err)
		}
		seen := map[grant.Ref]bool{}
		for _, s := range all {
			if r := s.Refs()[0]; seen[r] || r < abi.GNTTAB_NR_RESERVED_ENTRIES {
				t.Errorf("reference %d given twice, or reserved", r)
			}
			seen[s.Refs()[0]] = true
			closed(t, s)
		}
		if s := a.Grants().Stats(); s.Free != len(all) || s.Frames != 3 || s.Limit != 3 {
			t.Errorf("%+v", s)
		}
	})
}

func TestNoRoom(t *testing.T) {
	h := New(t, 1)
	a, b := h.Domain(1), h.Domain(2)
	a.SetGrants(GrantConfig{Pages: 4})
	b.SetGrants(GrantConfig{MaxMaps: 2})
	if _, err := a.Grants().Share(2, 5, false); !errors.Is(err, grant.ErrNoMemory) {
		t.Errorf("more pages than there are: %v", err)
	}
	s := share(t, a, 2, 3)
	_, err := b.Grants().Map(1, s.Refs(), false)
	if !errors.Is(err, grant.ErrMaptrackFull) || !strings.Contains(err.Error(), "max_maptrack_frames") {
		t.Errorf("more mappings than Xen tracks: %v", err)
	}
	inUse(t, b, 0, 0, 0)
	closed(t, s)
	inUse(t, a, 0, 0, 0)
	h.SetFaults(Faults{MapFails: 1})
	if _, err := b.Grants().Map(1, share(t, a, 2, 1).Refs(), false); !errors.Is(err, grant.ErrMaptrackFull) {
		t.Errorf("a fault: %v", err)
	}
}

func TestCopy(t *testing.T) {
	bothVersions(t, GrantConfig{}, func(t *testing.T, h *Host, a, b *Domain) {
		s := share(t, a, 2, 2)
		r := s.Refs()
		there := []byte("from b")
		back := make([]byte, 4)
		ops := []grant.CopyOp{
			{Peer: 1, Ref: r[1], Offset: 4090, Data: there, Write: true},
			{Peer: 1, Ref: r[1], Offset: 4092, Data: back},
			{Peer: 1, Ref: r[1] + 99, Data: back},
		}
		err := b.Grants().Copy(ops)
		if err == nil || err != ops[2].Err || ops[0].Err != nil || ops[1].Err != nil {
			t.Errorf("%v: %v, %v, %v", err, ops[0].Err, ops[1].Err, ops[2].Err)
		}
		got := make([]byte, 6)
		s.Memory().CopyOut(got, 2*grant.PageSize-6)
		if string(got) != "from b" || string(back) != "om b" {
			t.Errorf("%q, %q", got, back)
		}
		for _, op := range []grant.CopyOp{{Offset: 4095, Data: back}, {Offset: 4096}, {Offset: 1<<32 - 1, Data: back}} {
			if b.Grants().Copy([]grant.CopyOp{op}) == nil {
				t.Errorf("copy over the end of a page: %+v", op)
			}
		}
		closed(t, s)
		inUse(t, a, 0, 0, 0)
	})
}

// TestFlip: a hostile peer's writes come from the seed.
func TestFlip(t *testing.T) {
	run := func() []byte {
		h := New(t, 42)
		s := share(t, h.Domain(1), 2, 2)
		mapped(t, h.Domain(2), 1, s.Refs())
		h.Flip(100)
		got := make([]byte, 2*grant.PageSize)
		s.Memory().CopyOut(got, 0)
		return got
	}
	first := run()
	if bytes.Equal(first, make([]byte, len(first))) || !bytes.Equal(first, run()) {
		t.Error("flips are not there, or not the same with the same seed")
	}
}

// TestThousandTimes: nothing is left over, on either side.
func TestThousandTimes(t *testing.T) {
	bothVersions(t, GrantConfig{}, func(t *testing.T, h *Host, a, b *Domain) {
		free := a.Grants().Stats().Free
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for i := range 250 {
					s, err := a.Grants().Share(2, 1+i%5, false)
					if err != nil {
						t.Error(err)
						return
					}
					m, err := b.Grants().Map(1, s.Refs(), i%2 == 0)
					if err != nil {
						t.Error(err)
						return
					}
					if i%3 == 0 {
						s.Close()
						m.Close()
					} else {
						m.Close()
						s.Close()
					}
				}
			})
		}
		all.Wait()
		inUse(t, a, 0, 0, 0)
		inUse(t, b, 0, 0, 0)
		if s := a.Grants().Stats(); s.Free != free {
			t.Errorf("%d entries free, %d before", s.Free, free)
		}
	})
}

// TestGrantCases runs what every backend must do.
func TestGrantCases(t *testing.T) {
	bothVersions(t, GrantConfig{}, func(t *testing.T, h *Host, a, b *Domain) {
		p := granttest.Pair{Granter: granttest.End{Table: a.Grants(), ID: 1}, Peer: granttest.End{Table: b.Grants(), ID: 2}}
		for _, c := range granttest.Cases() {
			if err := c.Run(p, c.N); err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
		}
	})
}
