// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// One direction of a console page in shared memory. Each end is used by one
// goroutine at a time.

package console

import (
	"errors"

	"github.com/domlet/domlet/xen/bytering"
	"github.com/domlet/domlet/xen/grant"
)

// errBroken is an index of the other end's that cannot be.
var errBroken = errors.New("console: the other end broke the indices of the ring")

// way is one direction of the page.
type way struct {
	mem        *grant.Memory
	data, size uint32 // offset and bytes of the ring
	cons, prod uint32 // offsets of the indices
	own        uint32 // this end's index
}

// ways returns the ring to write and the one to read: of the domain that has the
// console, or of the other end.
func ways(mem *grant.Memory, domain bool) (out, in *way) {
	l := bytering.Console
	out = &way{mem: mem, data: l.Out, size: l.OutSize, cons: l.OutCons, prod: l.OutProd}
	in = &way{mem: mem, data: l.In, size: l.InSize, cons: l.InCons, prod: l.InProd}
	if !domain {
		out, in = in, out
	}
	out.own, in.own = mem.Load32(out.prod), mem.Load32(in.cons)
	return out, in
}

// unread returns how many bytes the other end has still to take.
func (w *way) unread() (uint32, error) {
	n := w.own - w.mem.Load32(w.cons)
	if n > w.size {
		return 0, errBroken
	}
	return n, nil
}

// write moves as much of p as there is room for.
func (w *way) write(p []byte) (int, error) {
	used, err := w.unread()
	if err != nil {
		return 0, err
	}
	p = p[:min(len(p), int(w.size-used))]
	at := w.own % w.size
	first := min(len(p), int(w.size-at))
	w.mem.CopyIn(w.data+at, p[:first])
	w.mem.CopyIn(w.data, p[first:])
	w.own += uint32(len(p))
	w.mem.Store32(w.prod, w.own)
	return len(p), nil
}

// read moves what has come into p, as much as fits.
func (w *way) read(p []byte) (int, error) {
	have := w.mem.Load32(w.prod) - w.own
	if have > w.size {
		return 0, errBroken
	}
	p = p[:min(len(p), int(have))]
	at := w.own % w.size
	first := min(len(p), int(w.size-at))
	w.mem.CopyOut(p[:first], w.data+at)
	w.mem.CopyOut(p[first:], w.data)
	w.own += uint32(len(p))
	w.mem.Store32(w.cons, w.own)
	return len(p), nil
}
