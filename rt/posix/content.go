// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a regular file holds: pages, each of its own, read from the ramdisk, or
// a hole. The inode's lock guards it.

package posix

import "sync/atomic"

const (
	pageSize = 4096
	// sizeMax is the longest a file can be (Linux's MAX_LFS_FILESIZE).
	sizeMax = 1<<63 - 1
)

// room is how many bytes the tree may still take.
type room struct{ left atomic.Int64 }

// take asks for n bytes; false: they are not there.
func (r *room) take(n int64) bool {
	if r.left.Add(-n) >= 0 {
		return true
	}
	r.left.Add(n)
	return false
}

// give brings n bytes back.
func (r *room) give(n int64) { r.left.Add(n) }

// page is what a file has of its own.
type page [pageSize]byte

// content is a file's bytes. What lies behind size is zero in every page, and
// base ends there, so a file that grows again shows zeros.
type content struct {
	base  []byte          // in the ramdisk: read in place, never written
	pages map[int64]*page // by number; they hide base
	size  int64
}

// read copies what there is at off to b.
func (c *content) read(b []byte, off int64) int {
	n := 0
	if off < c.size {
		n = int(min(int64(len(b)), c.size-off))
	}
	for done := 0; done < n; {
		at := off + int64(done)
		piece := b[done:min(n, done+pageSize-int(at%pageSize))]
		if p := c.pages[at/pageSize]; p != nil {
			copy(piece, p[at%pageSize:])
		} else {
			clear(piece[c.below(piece, at):])
		}
		done += len(piece)
	}
	return n
}

// below copies what the ramdisk has at off.
func (c *content) below(b []byte, off int64) int {
	if off >= int64(len(c.base)) {
		return 0
	}
	return copy(b, c.base[off:])
}

// write puts b, which is not empty, at off. It may end early: ENOSPC when nothing went in at all.
func (c *content) write(b []byte, off int64, r *room) (int, Errno) {
	if off == sizeMax {
		return 0, EFBIG
	}
	b = b[:min(int64(len(b)), sizeMax-off)]
	for done := 0; done < len(b); {
		at := off + int64(done)
		p := c.own(at/pageSize, r)
		if p == nil {
			if done == 0 {
				return 0, ENOSPC
			}
			return done, 0
		}
		done += copy(p[at%pageSize:], b[done:])
		c.size = max(c.size, off+int64(done))
	}
	return len(b), 0
}

// own returns the page of that number as the file's own, nil if there is no
// room for one.
func (c *content) own(number int64, r *room) *page {
	if p := c.pages[number]; p != nil {
		return p
	}
	if !r.take(pageSize) {
		return nil
	}
	p := new(page)
	c.below(p[:], number*pageSize)
	if c.pages == nil {
		c.pages = map[int64]*page{}
	}
	c.pages[number] = p
	return p
}

// truncate sets the length.
func (c *content) truncate(size int64, r *room) {
	if size < c.size {
		c.base = c.base[:min(int64(len(c.base)), size)]
	}
	last := (size-1)/pageSize + 1
	if size == 0 {
		last = 0
	}
	c.remove(last, sizeMax/pageSize+1, r)
	if p := c.pages[size/pageSize]; p != nil {
		clear(p[size%pageSize:])
	}
	c.size = size
}

// remove takes the file's own pages from first up to, but without, end.
func (c *content) remove(first, end int64, r *room) {
	if end-first < int64(len(c.pages)) {
		for number := first; number < end; number++ {
			c.discard(number, r)
		}
		return
	}
	for number := range c.pages {
		if number >= first && number < end {
			c.discard(number, r)
		}
	}
}

// discard takes one page, if it is there.
func (c *content) discard(number int64, r *room) {
	if c.pages[number] != nil {
		delete(c.pages, number)
		r.give(pageSize)
	}
}

// reserve gives the file pages where it has none from off up to, but without,
// end. What was reserved before the room was used up stays.
func (c *content) reserve(off, end int64, r *room) Errno {
	if (end-off)/pageSize > r.left.Load()/pageSize+int64(len(c.pages))+int64(len(c.base))/pageSize {
		return ENOSPC // without trying first
	}
	for number := off / pageSize; number <= (end-1)/pageSize; number++ {
		if !c.has(number) && c.own(number, r) == nil {
			return ENOSPC
		}
	}
	return 0
}

// punch makes what lies from off up to, but without, end read as zeros.
func (c *content) punch(off, end int64, r *room) Errno {
	whole := end &^ (pageSize - 1)
	for off < end {
		next := min(end, off&^(pageSize-1)+pageSize)
		if off%pageSize == 0 && off >= int64(len(c.base)) && off < whole {
			c.remove(off/pageSize, whole/pageSize, r)
			next = whole
		} else if c.has(off / pageSize) {
			p := c.own(off/pageSize, r)
			if p == nil {
				return ENOSPC
			}
			clear(p[off%pageSize : (next-1)%pageSize+1])
		}
		off = next
	}
	return 0
}

// blocks is how much memory the file takes, the ramdisk's share included, in
// units of 512 bytes.
func (c *content) blocks() int64 {
	below := (int64(len(c.base)) + pageSize - 1) / pageSize
	return (below + int64(len(c.pages))) * (pageSize / 512)
}

// has reports whether there is a page, and not a hole.
func (c *content) has(number int64) bool {
	return number*pageSize < int64(len(c.base)) || c.pages[number] != nil
}

// data returns where the next data lie from off on; ENXIO: nowhere.
func (c *content) data(off int64) (int64, Errno) {
	if off < 0 || off >= c.size {
		return 0, ENXIO
	}
	if c.has(off / pageSize) {
		return off, 0
	}
	next := int64(sizeMax / pageSize)
	for number := range c.pages {
		if number > off/pageSize {
			next = min(next, number)
		}
	}
	if next >= (c.size-1)/pageSize+1 {
		return 0, ENXIO
	}
	return next * pageSize, 0
}

// hole returns where the next hole begins from off on; there is one at the end.
func (c *content) hole(off int64) (int64, Errno) {
	if off < 0 || off >= c.size {
		return 0, ENXIO
	}
	if !c.has(off / pageSize) {
		return off, 0
	}
	number := off/pageSize + 1
	for number*pageSize < c.size && c.has(number) {
		number++
	}
	return min(number*pageSize, c.size), 0
}
