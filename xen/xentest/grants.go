// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Granted memory: Xen's side of grant tables, over Go memory. Host; any
// goroutine.

package xentest

import (
	"os"
	"slices"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/grant"
)

// GrantConfig is what a toolstack sets for a domain. Zero fields have the
// defaults of xl.
type GrantConfig struct {
	Version   int // of the table: 1 or 2
	MaxFrames int // max_grant_frames
	MaxMaps   int // pages mapped at once, by max_maptrack_frames
	Pages     int // that the domain has left to share
}

// grants is the memory part of a domain. Covered by host.mu, but for table.
type grants struct {
	table   grant.Table
	version int
	entries []byte // the whole table that the domain may have
	status  []byte
	frames  int // of the table, given out

	maxMaps, pages int

	memory map[uint64]*page      // by frame number
	number map[*byte]uint64      // frame numbers, by a page's first byte
	free   map[int][][]byte      // by size in pages, last given back first
	active map[grant.Ref]*active // entries that somebody uses
	maps   map[uint32]*active    // our mappings, by handle
	handle uint32
	users  []*grant.Memory
	prune  int // the length of users at which closed ones are dropped
}

// page is one of a domain's pages that can be granted.
type page struct {
	mem  []byte // from this page to the end of what was allocated with it
	used int    // mappings
	free bool
}

// active is the use of one grant.
type active struct {
	owner *Domain
	ref   grant.Ref
	page  *page
	reads int // mappings, writable ones included
	write int
	mine  bool // of a mapping: whether it is writable
}

// SetGrants configures a domain's grants. It must come before Grants.
func (d *Domain) SetGrants(c GrantConfig) {
	d.host.mu.Lock()
	defer d.host.mu.Unlock()
	d.beginGrants(c)
}

// beginGrants is the domain's start, as far as memory goes. Locked.
func (d *Domain) beginGrants(c GrantConfig) {
	if d.grants != nil {
		panic("xentest: SetGrants comes too late")
	}
	d.grants = newGrants(c)
	d.grants.table = &mortal{d, grant.New(hypervisor{d}, heart{d})}
	d.death = append(d.death, d.endGrants)
}

func newGrants(c GrantConfig) *grants {
	or := func(v, def int) int {
		if v == 0 {
			return def
		}
		return v
	}
	frames := or(c.MaxFrames, 64)
	return &grants{
		version: or(c.Version, 1), maxMaps: or(c.MaxMaps, 1<<18), pages: or(c.Pages, 1<<14),
		entries: make([]byte, frames*grant.PageSize), status: make([]byte, frames*grant.PageSize/8),
		memory: map[uint64]*page{}, number: map[*byte]uint64{}, free: map[int][][]byte{},
		active: map[grant.Ref]*active{}, maps: map[uint32]*active{},
	}
}

// Grants returns the domain's grant table.
func (d *Domain) Grants() grant.Table {
	d.host.mu.Lock()
	defer d.host.mu.Unlock()
	if d.grants == nil {
		d.beginGrants(GrantConfig{})
	}
	return d.grants.table
}

// mortal is a table that ends with its domain: its memory too, which the
// domain's goroutines, who run on in a test, must not write to any more.
type mortal struct {
	d *Domain
	grant.Table
}

func (m *mortal) Share(peer abi.Domid_t, pages int, readOnly bool) (*grant.Shared, error) {
	s, err := m.Table.Share(peer, pages, readOnly)
	if err != nil {
		return nil, m.d.cause(err)
	}
	m.d.uses(s.Memory())
	return s, nil
}

func (m *mortal) Map(peer abi.Domid_t, refs []grant.Ref, readOnly bool) (*grant.Mapping, error) {
	s, err := m.Table.Map(peer, refs, readOnly)
	if err != nil {
		return nil, m.d.cause(err)
	}
	m.d.uses(s.Memory())
	return s, nil
}

// heart is the system's clock until its domain is killed.
type heart struct{ d *Domain }

func (heart) Now() time.Time { return time.Now() }

func (h heart) AfterFunc(after time.Duration, f func()) clock.Timer {
	return time.AfterFunc(after, func() {
		if h.d.cause(nil) == nil {
			f()
		}
	})
}

// cause is why a domain's call failed: err, or that there is no such domain.
func (d *Domain) cause(err error) error {
	d.host.mu.Lock()
	defer d.host.mu.Unlock()
	if d.dead {
		return os.ErrClosed
	}
	return err
}

// uses notes memory that is gone when the domain is.
func (d *Domain) uses(m *grant.Memory) {
	d.host.mu.Lock()
	defer d.host.mu.Unlock()
	if d.dead {
		m.Revoke()
		return
	}
	g := d.grants
	if len(g.users) >= g.prune {
		g.users = slices.DeleteFunc(g.users, (*grant.Memory).Closed)
		g.prune = max(64, 2*len(g.users))
	}
	g.users = append(g.users, m)
}

// endGrants is a domain's death: what it mapped is let go, what it granted stays
// with those who map it. Locked. Accesses under way hold up the first part, as
// goroutines of a test cannot be stopped between two instructions.
func (d *Domain) endGrants() {
	if d.host.chance(d.host.faults.Wipe) {
		for _, p := range d.grants.memory {
			wipe(p.mem[:grant.PageSize])
		}
	}
	var busy []<-chan struct{}
	for _, m := range d.grants.users {
		if m.Closed() {
			continue
		}
		if idle := m.Revoke(); len(idle) == 0 {
			busy = append(busy, idle)
		}
	}
	if len(busy) == 0 {
		d.grants.unmapAll()
		return
	}
	go func() {
		for _, idle := range busy {
			<-idle
		}
		d.host.mu.Lock()
		defer d.host.mu.Unlock()
		d.grants.unmapAll()
	}()
}

func (g *grants) unmapAll() {
	for _, a := range g.maps {
		a.unpin()
	}
	clear(g.maps)
}
