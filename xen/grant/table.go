// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The table of a domain, over a platform. Any goroutine.

package grant

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/clock"
)

// table implements Table. Its lock covers the entries and their bookkeeping, not
// the platform's slower calls.
type table struct {
	p      Platform
	mu     sync.Mutex
	frames Frames
	refs   refs
	shared int     // pages granted
	ended  []*held // grants that a peer has not let go of
	waits  int     // pages in ended
	mapped int     // pages mapped

	clock   clock.Clock
	looking bool          // a timer for a look at ended runs
	pause   time.Duration // before the next look
}

// held is memory that was shared, with the entries that are not free yet.
type held struct {
	mem  []byte
	refs []Ref
	back *atomic.Bool // set when the memory is free; the owner's
}

// New makes the table of the domain that p belongs to. There is one for a
// domain: two would use the same entries. The clock is for grants that are put
// off.
func New(p Platform, clk clock.Clock) Table { return &table{p: p, clock: clk} }

func (t *table) Share(peer abi.Domid_t, pages int, readOnly bool) (*Shared, error) {
	if pages < 1 {
		return nil, errNoPages
	}
	mem := t.alloc(pages)
	if mem == nil {
		return nil, fmt.Errorf("grant: no %d pages left: %w; raise memory= in the domain's configuration", pages, ErrNoMemory)
	}
	refs, err := t.permit(mem, peer, readOnly)
	if err != nil {
		t.p.Free(mem)
		return nil, err
	}
	return &Shared{NewMemory(mem), refs, &granted{t: t, held: held{mem: mem, refs: refs}}}, nil
}

// alloc takes pages. Before there are none, those are asked about that peers may have
// let go of.
func (t *table) alloc(pages int) []byte {
	if mem := t.p.Alloc(pages); mem != nil {
		return mem
	}
	t.mu.Lock()
	t.retry(len(t.ended))
	t.mu.Unlock()
	return t.p.Alloc(pages)
}

// permit writes an entry for each page of mem. From then on a peer may use it,
// told or not, so nothing can fail after the first.
func (t *table) permit(mem []byte, peer abi.Domid_t, readOnly bool) ([]Ref, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.retry(retries)
	n := len(mem) / PageSize
	if err := t.reserve(n); err != nil {
		return nil, err
	}
	frames := make([]uint64, n)
	for i := range frames {
		frames[i] = t.p.Frame(mem[i*PageSize:])
		if err := t.frames.fits(frames[i]); err != nil {
			return nil, err
		}
	}
	refs := make([]Ref, n)
	for i, f := range frames {
		refs[i] = t.refs.take()
		t.frames.permit(refs[i], peer, f, readOnly)
	}
	t.shared += n
	return refs, nil
}

// reserve sees to it that n entries are free, growing the table where it must, and
// asking about all that was put off where it cannot.
func (t *table) reserve(n int) error {
	if t.refs.left() >= n {
		return nil
	}
	for frames := len(t.frames.Entries)/PageSize + 1; t.refs.left() < n; frames++ {
		t.frames = t.p.Grow(frames)
		t.refs.grow(t.frames.capacity())
		if len(t.frames.Entries) < frames*PageSize {
			break
		}
	}
	if t.refs.left() < n {
		t.retry(len(t.ended))
	}
	if left := t.refs.left(); left < n {
		return fmt.Errorf("grant: %w: %d entries wanted, %d free in %d frames; raise max_grant_frames in the domain's configuration",
			ErrTableFull, n, left, len(t.frames.Entries)/PageSize)
	}
	return nil
}

func (t *table) Map(peer abi.Domid_t, refs []Ref, readOnly bool) (*Mapping, error) {
	if len(refs) == 0 {
		return nil, errNoRefs
	}
	f, err := t.p.Map(peer, refs, readOnly)
	if err != nil {
		return nil, err
	}
	t.count(len(refs))
	return newMapping(f.Mem, readOnly, &foreign{t, f}), nil
}

func (t *table) count(pages int) {
	t.mu.Lock()
	t.mapped += pages
	t.mu.Unlock()
}

func (t *table) Copy(ops []CopyOp) error {
	if err := checkAll(ops); err != nil {
		return err
	}
	t.p.Copy(ops)
	return firstError(ops)
}

func (t *table) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.frames.Version == 0 {
		t.frames = t.p.Grow(1)
		t.refs.grow(t.frames.capacity())
	}
	t.retry(len(t.ended))
	return Stats{
		Version: t.frames.Version, Shared: t.shared, Deferred: t.waits, Mapped: t.mapped,
		Free: t.refs.left(), Frames: len(t.frames.Entries) / PageSize, Limit: t.frames.Limit,
	}
}
