// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Pages for what must leave nothing behind, counted. Host; any goroutine.

package xentest

import (
	"bytes"
	"sync"
	"testing"

	"github.com/domlet/domlet/xen/pages"
)

// Pages is a pages.Source over Go memory. It keeps all that it ever gave, so that
// a test can look for what must be in none of it, or in one place.
type Pages struct {
	tb    testing.TB
	mu    sync.Mutex
	left  int
	inUse map[*byte]int // pages, by the first byte of an Alloc
	all   [][]byte
	free  map[int][][]byte // by size
}

// NewPages returns a source of that many pages.
func NewPages(tb testing.TB, limit int) *Pages {
	return &Pages{tb: tb, left: limit, inUse: map[*byte]int{}, free: map[int][][]byte{}}
}

// Alloc prefers what was given back last: reuse that comes too early is seen.
func (p *Pages) Alloc(n int) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n > p.left {
		return nil
	}
	p.left -= n
	mem := p.recycle(n)
	p.inUse[&mem[0]] = n
	return mem
}

func (p *Pages) recycle(n int) []byte {
	if list := p.free[n]; len(list) > 0 {
		p.free[n] = list[:len(list)-1]
		return list[len(list)-1]
	}
	mem := make([]byte, n*pages.Size)
	p.all = append(p.all, mem)
	return mem
}

// Free takes pages back.
func (p *Pages) Free(mem []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(mem)
	n := p.inUse[&mem[0]]
	if n*pages.Size != len(mem) {
		p.tb.Errorf("xentest: %d bytes of pages are given back, %d were given", len(mem), n*pages.Size)
		return
	}
	delete(p.inUse, &mem[0])
	p.left += n
	p.free[n] = append(p.free[n], mem)
}

// InUse returns how many pages are given now.
func (p *Pages) InUse() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, pages := range p.inUse {
		n += pages
	}
	return n
}

// Count returns how often a text stands in all pages that were ever given. Nobody
// may write to them meanwhile.
func (p *Pages) Count(text []byte) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, mem := range p.all {
		n += bytes.Count(mem, text)
	}
	return n
}

// Traces returns how often a text stands in pages that the domain ever shared, as
// "xl dump-core" would show them. It does not find one that runs over the end of a
// page. Nobody may write to them meanwhile.
func (d *Domain) Traces(text []byte) (n int) {
	d.host.mu.Lock()
	defer d.host.mu.Unlock()
	if d.grants == nil {
		return 0
	}
	for _, p := range d.grants.memory {
		n += bytes.Count(p.mem[:pages.Size], text)
	}
	return n
}
