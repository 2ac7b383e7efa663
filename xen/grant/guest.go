// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The domain's own table. Any goroutine.

//go:build domlet

package grant

import (
	"fmt"
	"sync"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/clock"
)

// Local returns the table of the domain that the program is.
func Local() (Table, error) { return local(), nil }

var local = sync.OnceValue(func() Table { return New(&hypervisor{}, clock.System{}) })

// hypervisor is Xen and the domain's kernel.
type hypervisor struct {
	mu   sync.Mutex
	args []byte // a page for the arguments of map and unmap
	copy copier
}

// maxRefs bounds one Map: what Xen is told of each fits 16 pages together.
const maxRefs = 16 * PageSize / mapSize

func (h *hypervisor) Map(peer abi.Domid_t, refs []Ref, readOnly bool) (Foreign, error) {
	if len(refs) > maxRefs {
		return Foreign{}, fmt.Errorf("grant: %d references in one Map, at most %d: split them", len(refs), maxRefs)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	mem := h.arguments(len(refs) * mapSize)
	if mem == nil {
		return Foreign{}, fmt.Errorf("grant: no memory for the arguments of a map: %w", ErrNoMemory)
	}
	defer h.spent(mem)
	ops := mapOps(mem, len(refs))
	flags := uint32(0)
	if readOnly {
		flags = abi.GNTMAP_readonly
	}
	for i, r := range refs {
		ops[i] = abi.Gnttab_map_grant_ref{Dom: peer, Ref: uint32(r), Flags: flags}
	}
	pages := mapGrants(ops)
	if pages == nil {
		return Foreign{}, whyNot(ops)
	}
	f := Foreign{pages, make([]uint32, len(refs))}
	for i := range ops {
		f.Handles[i] = ops[i].Handle
	}
	return f, nil
}

// arguments returns memory for arguments of a call: the page that is kept, or
// more for this once, which spent gives back.
func (h *hypervisor) arguments(bytes int) []byte {
	if h.args == nil {
		if h.args = h.Alloc(1); h.args == nil {
			return nil
		}
	}
	if bytes <= len(h.args) {
		return h.args
	}
	return h.Alloc((bytes + PageSize - 1) / PageSize)
}

func (h *hypervisor) spent(mem []byte) {
	if &mem[0] != &h.args[0] {
		h.Free(mem)
	}
}

// whyNot makes an error of operations that mapped nothing.
func whyNot(ops []abi.Gnttab_map_grant_ref) error {
	for i := range ops {
		if op := &ops[i]; op.Status != abi.GNTST_okay {
			return &StatusError{"map", op.Dom, Ref(op.Ref), op.Status}
		}
	}
	return fmt.Errorf("grant: no addresses or page tables left to map %d pages: %w", len(ops), ErrNoMemory)
}

// Unmap goes piece by piece, so that the page that is kept suffices: it must not
// fail for want of memory.
func (h *hypervisor) Unmap(f Foreign) error {
	const most = PageSize / unmapSize
	h.mu.Lock()
	defer h.mu.Unlock()
	var err error
	for at := 0; at < len(f.Handles); at += most {
		end := min(at+most, len(f.Handles))
		ops := unmapOps(h.args, end-at)
		for i, handle := range f.Handles[at:end] {
			ops[i] = abi.Gnttab_unmap_and_replace{Handle: handle}
		}
		if !unmapGrants(f.Mem[at*PageSize:], ops) && err == nil {
			err = fmt.Errorf("grant: Xen did not unmap all of %d pages; their addresses are lost", end-at)
		}
	}
	return err
}
