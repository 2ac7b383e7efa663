// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a directory holds. The tree's lock guards all of it.

package posix

// nameMax is the longest name of one path component (Linux's NAME_MAX).
const nameMax = 255

// entryCost is what one name takes of the tree's room beside its letters, in
// bytes.
const entryCost = 192

// dirent is one name. A removed one has no node.
type dirent struct {
	name   string
	node   *inode
	cookie int64
}

// names is the content of a directory. A position in it is a cookie: each name
// gets a higher one than all before it, so that who reads the directory while
// it changes sees every name that was there all the time, and sees it once.
type names struct {
	parent *inode // itself for the root
	name   string // of the directory in its parent
	dead   bool   // removed: nothing can be made here any more
	index  map[string]*dirent
	list   []*dirent // by cookie, removed ones among them
	gone   int       // how many of list are removed
	next   int64     // the next cookie
}

// The cookies of "." and "..", and the first of all others.
const (
	cookieSelf   = 0
	cookieParent = 1
	cookieFirst  = 2
)

func newNames(parent *inode, name string) *names {
	return &names{parent: parent, name: name, index: map[string]*dirent{}, next: cookieFirst}
}

// get returns what name stands for, or nil.
func (d *names) get(name string) *inode {
	if e := d.index[name]; e != nil {
		return e.node
	}
	return nil
}

// add gives node a name, which must be free.
func (d *names) add(name string, node *inode) {
	e := &dirent{name, node, d.next}
	d.next++
	d.index[name] = e
	d.list = append(d.list, e)
}

// remove takes a name away, which must be there.
func (d *names) remove(name string) {
	d.index[name].node = nil
	delete(d.index, name)
	if d.gone++; d.gone > 16 && d.gone > len(d.list)/2 {
		d.compact()
	}
}

// compact drops what is removed: half of the list, so it costs a removal little.
func (d *names) compact() {
	kept := make([]*dirent, 0, len(d.index))
	for _, e := range d.list {
		if e.node != nil {
			kept = append(kept, e)
		}
	}
	d.list, d.gone = kept, 0
}

// from returns the number of the first in the list whose cookie is at least at.
func (d *names) from(at int64) int {
	low, high := 0, len(d.list)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if d.list[middle].cookie < at {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// after returns the first entry at position at or behind it, and its position.
func (d *names) after(self *inode, at int64) (name string, node *inode, cookie int64) {
	switch {
	case at <= cookieSelf:
		return ".", self, cookieSelf
	case at == cookieParent:
		return "..", d.parent, cookieParent
	}
	for _, e := range d.list[d.from(at):] {
		if e.node != nil {
			return e.name, e.node, e.cookie
		}
	}
	return "", nil, 0
}
