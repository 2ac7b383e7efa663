// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A domain's machine as package grant wants it. Host; any goroutine.

package xentest

import (
	"errors"
	"iter"
	"slices"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
)

// errScattered is a limit of Go memory: pages cannot be put beside each other.
var errScattered = errors.New("xentest: only pages that were shared together can be mapped together, in their order")

// hypervisor implements grant.Platform for a domain.
type hypervisor struct{ d *Domain }

func (p hypervisor) lock() (*grants, func()) {
	p.d.host.mu.Lock()
	return p.d.grants, p.d.host.mu.Unlock
}

// Alloc prefers what was given back last: reuse that comes too early is seen.
func (p hypervisor) Alloc(pages int) []byte {
	g, unlock := p.lock()
	defer unlock()
	if p.d.dead || pages > g.pages {
		return nil
	}
	g.pages -= pages
	mem := g.recycle(pages)
	if mem == nil {
		mem = p.d.host.fresh(g, pages)
	}
	clear(mem)
	for pg := range g.pagesOf(mem) {
		pg.free = false
	}
	return mem
}

// pagesOf lists what was allocated together.
func (g *grants) pagesOf(mem []byte) iter.Seq[*page] {
	return func(yield func(*page) bool) {
		for p := range slices.Chunk(mem, grant.PageSize) {
			if !yield(g.memory[g.number[&p[0]]]) {
				return
			}
		}
	}
}

func (g *grants) recycle(pages int) []byte {
	list := g.free[pages]
	if len(list) == 0 {
		return nil
	}
	g.free[pages] = list[:len(list)-1]
	return list[len(list)-1]
}

// fresh makes pages that never were. Their frame numbers come from the host, so
// that no domain can grant another one's.
func (h *Host) fresh(g *grants, pages int) []byte {
	mem := make([]byte, pages*grant.PageSize)
	for i := range pages {
		rest := mem[i*grant.PageSize:]
		h.frames++
		g.number[&rest[0]] = h.frames
		g.memory[h.frames] = &page{mem: rest}
	}
	return mem
}

func (p hypervisor) Free(mem []byte) {
	g, unlock := p.lock()
	defer unlock()
	for pg := range g.pagesOf(mem) {
		if pg.used > 0 && !p.d.dead {
			p.d.host.tb.Errorf("xentest: domain %d frees a page that a peer still maps", p.d.id)
		}
		if pg.free {
			p.d.host.tb.Errorf("xentest: domain %d frees a page twice", p.d.id)
		}
		pg.free = true
	}
	pages := len(mem) / grant.PageSize
	g.pages += pages
	g.free[pages] = append(g.free[pages], mem)
}

func (p hypervisor) Frame(mem []byte) uint64 {
	g, unlock := p.lock()
	defer unlock()
	return g.number[&mem[0]]
}

func (p hypervisor) Grow(frames int) grant.Frames {
	g, unlock := p.lock()
	defer unlock()
	limit := len(g.entries) / grant.PageSize
	if !p.d.dead {
		g.frames = max(g.frames, min(frames, limit))
	}
	f := grant.Frames{Version: g.version, Entries: g.entries[:g.frames*grant.PageSize], Limit: limit}
	if g.version == 2 {
		f.Status = g.status[:g.frames*grant.PageSize/8]
	}
	return f
}

func (p hypervisor) Map(peer abi.Domid_t, refs []grant.Ref, readOnly bool) (grant.Foreign, error) {
	g, unlock := p.lock()
	defer unlock()
	var pins []*active
	for _, ref := range refs {
		a, status := p.pin(peer, ref, readOnly)
		if status == abi.GNTST_okay && p.full(len(pins)) {
			a.unpin()
			status = abi.GNTST_no_device_space
		}
		if status != abi.GNTST_okay {
			unpinAll(pins)
			return grant.Foreign{}, &grant.StatusError{Op: "map", Peer: peer, Ref: ref, Status: status}
		}
		pins = append(pins, a)
	}
	mem := adjacent(pins)
	if mem == nil {
		unpinAll(pins)
		return grant.Foreign{}, errScattered
	}
	return grant.Foreign{Mem: mem, Handles: g.remember(pins)}, nil
}

// full reports whether Xen has no room for one more mapping, or a fault says so.
func (p hypervisor) full(pending int) bool {
	h := p.d.host
	return len(p.d.grants.maps)+pending >= p.d.grants.maxMaps || h.chance(h.faults.MapFails)
}

// pin is Xen's check of one use of a peer's page.
func (p hypervisor) pin(peer abi.Domid_t, ref grant.Ref, readOnly bool) (*active, int16) {
	owner := p.d.host.domains[peer]
	if owner == nil || p.d.dead {
		return nil, abi.GNTST_bad_domain
	}
	return owner.pin(p.d.id, ref, readOnly)
}

func unpinAll(pins []*active) {
	for _, a := range pins {
		a.unpin()
	}
}

// adjacent returns the pages as one piece of memory, if they are one.
func adjacent(pins []*active) []byte {
	mem := pins[0].page.mem
	for i, a := range pins {
		at := i * grant.PageSize
		if at+grant.PageSize > len(mem) || &mem[at] != &a.page.mem[0] {
			return nil
		}
	}
	n := len(pins) * grant.PageSize
	return mem[:n:n]
}

func (g *grants) remember(pins []*active) []uint32 {
	handles := make([]uint32, len(pins))
	for i, a := range pins {
		g.handle++
		handles[i] = g.handle
		g.maps[g.handle] = a
	}
	return handles
}

func (p hypervisor) Unmap(f grant.Foreign) error {
	g, unlock := p.lock()
	defer unlock()
	for _, h := range f.Handles {
		if a := g.maps[h]; a != nil {
			a.unpin()
			delete(g.maps, h)
		} else if !p.d.dead {
			p.d.host.tb.Errorf("xentest: domain %d unmaps handle %d, which it does not have", p.d.id, h)
		}
	}
	return nil
}

func (p hypervisor) Copy(ops []grant.CopyOp) {
	_, unlock := p.lock()
	defer unlock()
	for i := range ops {
		op := &ops[i]
		a, status := p.pin(op.Peer, op.Ref, !op.Write)
		if status != abi.GNTST_okay {
			op.Err = &grant.StatusError{Op: "copy", Peer: op.Peer, Ref: op.Ref, Status: status}
			continue
		}
		there := a.page.mem[op.Offset:grant.PageSize]
		if op.Write {
			copy(there, op.Data)
		} else {
			copy(op.Data, there)
		}
		a.unpin()
	}
}

// Flip is a hostile peer: it changes n bytes of memory that domains share, any
// of them. The race detector does not see it, as it would not see another
// domain.
func (h *Host) Flip(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	pages := h.granted()
	if len(pages) == 0 {
		return
	}
	for range n {
		p := pages[h.random.IntN(len(pages))]
		flip(p.mem, h.random.IntN(grant.PageSize), byte(1+h.random.IntN(255)))
	}
}

// granted lists the pages in use by peers, in an order that the seed decides.
func (h *Host) granted() []*page {
	var pages []*page
	for _, d := range h.inOrder() {
		if d.grants == nil {
			continue
		}
		refs := make([]grant.Ref, 0, len(d.grants.active))
		for r := range d.grants.active {
			refs = append(refs, r)
		}
		slices.Sort(refs)
		for _, r := range refs {
			pages = append(pages, d.grants.active[r].page)
		}
	}
	return pages
}

func (h *Host) inOrder() []*Domain {
	var all []*Domain
	for _, d := range h.domains {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b *Domain) int { return int(a.id) - int(b.id) })
	return all
}

// flip changes bits behind the race detector's back.
//
//go:norace
func flip(mem []byte, at int, bits byte) { mem[at] ^= bits }

// wipe clears memory behind the race detector's back.
//
//go:norace
func wipe(mem []byte) {
	for i := range mem {
		mem[i] = 0
	}
}
