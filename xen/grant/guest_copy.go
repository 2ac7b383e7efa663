// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Copies that Xen makes. Any goroutine.

//go:build domlet

package grant

import (
	"sync"

	"github.com/domlet/domlet/xen/abi"
)

// bounces is how many operations go to Xen at once. Each has a page, because
// Xen wants the number of a frame, and what is in the Go heap has none that stays.
const bounces = 8

// copier has the pages: one for arguments, and the bounce pages behind it.
type copier struct {
	mu    sync.Mutex
	pages []byte
}

func (h *hypervisor) Copy(ops []CopyOp) {
	c := &h.copy
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pages == nil {
		c.pages = h.Alloc(1 + bounces)
	}
	for len(ops) > 0 {
		n := min(len(ops), bounces)
		if c.pages == nil {
			failAll(ops, ErrNoMemory)
			return
		}
		h.copyBatch(ops[:n])
		ops = ops[n:]
	}
}

// bounce returns the page for operation i.
func (c *copier) bounce(i int) []byte { return c.pages[(1+i)*PageSize:][:PageSize] }

// copyBatch makes up to bounces copies.
func (h *hypervisor) copyBatch(ops []CopyOp) {
	args := copyOps(h.copy.pages, len(ops))
	for i := range ops {
		op, bounce := &ops[i], h.copy.bounce(i)
		there := abi.Gnttab_copy_ptr{Gmfn: uint64(op.Ref), Domid: op.Peer, Offset: uint16(op.Offset)}
		here := abi.Gnttab_copy_ptr{Gmfn: h.Frame(bounce), Domid: abi.DOMID_SELF}
		if op.Write {
			copy(bounce, op.Data)
			args[i] = abi.Gnttab_copy{Source: here, Dest: there, Flags: abi.GNTCOPY_dest_gref}
		} else {
			args[i] = abi.Gnttab_copy{Source: there, Dest: here, Flags: abi.GNTCOPY_source_gref}
		}
		args[i].Len = uint16(len(op.Data))
		args[i].Status = abi.GNTST_general_error // until Xen has written another
	}
	copyGrants(args)
	for i := range ops {
		op := &ops[i]
		if s := args[i].Status; s != abi.GNTST_okay {
			op.Err = &StatusError{"copy", op.Peer, op.Ref, s}
		} else if !op.Write {
			copy(op.Data, h.copy.bounce(i))
		}
	}
}
