// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The tree of names, in memory. Runs on the caller's goroutine; every method
// but start wants the lock held.

package posix

import (
	"sync"
	"sync/atomic"
)

// tree is all names and what they stand for. Nothing is closed while its lock is
// held: what that does may want any lock.
type tree struct {
	mu      sync.Mutex
	ready   atomic.Bool
	k       kernel
	room    room
	all     int64 // bytes of room that there were at first
	root    *inode
	current atomic.Pointer[inode] // the working directory
	console *inode                // /dev/console
	open    *inode                // /proc/1/fd: its names are the program's descriptors
	numbers atomic.Uint64         // the last number given to an inode
}

// now is the time that goes into inodes.
func (t *tree) now() moment {
	sec, nsec := t.k.walltime()
	return moment{sec, int64(nsec)}
}

// create returns an inode without a name, or nil if there is no room for it.
func (t *tree) create(format, bits uint32) *inode {
	if !t.room.take(inodeCost) {
		return nil
	}
	now := t.now()
	n := &inode{number: t.numbers.Add(1), format: format, bits: bits, accessed: now, born: now}
	n.touch(now)
	return n
}

// make gives a new inode a name in dir, where nothing has it.
func (t *tree) make(dir *inode, name string, format, bits uint32) (*inode, Errno) {
	n := t.create(format, bits)
	if n == nil {
		return nil, ENOSPC
	}
	n.inherit(dir)
	if format == modeDirectory {
		n.names = newNames(dir, name)
		n.links = 1 // its own "."
	}
	if e := t.link(dir, name, n); e != 0 {
		t.room.give(inodeCost)
		return nil, e
	}
	return n, 0
}

// makeLink makes a symbolic link. What cannot be a path leads nowhere.
func (t *tree) makeLink(dir *inode, name, target string) (*inode, Errno) {
	switch {
	case target == "":
		return nil, ENOENT
	case len(target) >= pathMax:
		return nil, ENAMETOOLONG
	case !t.room.take(int64(len(target))):
		return nil, ENOSPC
	}
	n, e := t.make(dir, name, modeLink, 0o777)
	if e != 0 {
		t.room.give(int64(len(target)))
		return nil, e
	}
	n.target = target
	return n, 0
}

// inherit gives n the group of a directory that hands it down.
func (n *inode) inherit(dir *inode) {
	dir.mu.Lock()
	defer dir.mu.Unlock()
	if dir.bits&modeSetGroup == 0 {
		return
	}
	n.gid = dir.gid
	if n.directory() {
		n.bits |= modeSetGroup
	}
}

// link gives n the name, which must be free in dir.
func (t *tree) link(dir *inode, name string, n *inode) Errno {
	if !t.room.take(entryCost + int64(len(name))) {
		return ENOSPC
	}
	t.enter(dir, name, n)
	n.named(1, t.now())
	return 0
}

// enter puts a name into dir, without counting it.
func (t *tree) enter(dir *inode, name string, n *inode) {
	dir.names.add(name, n)
	links := 0
	if n.directory() {
		n.names.parent, n.names.name = dir, name
		links = 1 // its ".."
	}
	t.altered(dir, links)
}

// leave takes a name out of dir, without counting it.
func (t *tree) leave(dir *inode, name string, n *inode) {
	dir.names.remove(name)
	links := 0
	if n.directory() {
		links = -1
	}
	t.altered(dir, links)
}

// altered notes that a directory has other names now, and how many more of
// them are directories.
func (t *tree) altered(dir *inode, links int) {
	dir.mu.Lock()
	dir.touch(t.now())
	dir.links += uint32(links)
	dir.mu.Unlock()
}

// unlink takes the name of n in dir away. A directory must be empty.
func (t *tree) unlink(dir *inode, name string, n *inode) {
	t.leave(dir, name, n)
	t.forget(name, n)
}

// forget takes one name from n, which is in no directory any more.
func (t *tree) forget(name string, n *inode) {
	t.room.give(entryCost + int64(len(name)))
	links := -1
	if n.directory() {
		n.names.dead = true
		links = -2 // and its own "."
	}
	n.named(links, t.now())
	n.mu.Lock()
	n.drop(t)
	n.mu.Unlock()
}

// move gives n, which is from in dir, the name to in another or the same
// directory; what had that name loses it.
func (t *tree) move(dir *inode, from string, to place, n *inode) Errno {
	grown := int64(len(to.name) - len(from))
	if !t.room.take(grown) {
		return ENOSPC
	}
	if to.node != nil {
		t.unlink(to.dir, to.name, to.node)
	}
	t.leave(dir, from, n)
	t.enter(to.dir, to.name, n)
	n.named(0, t.now())
	return 0
}

// swap exchanges what two names stand for.
func (t *tree) swap(a, b place) {
	t.leave(a.dir, a.name, a.node)
	t.leave(b.dir, b.name, b.node)
	t.enter(a.dir, a.name, b.node)
	t.enter(b.dir, b.name, a.node)
	now := t.now()
	a.node.named(0, now)
	b.node.named(0, now)
}

// below reports whether n is dir or lies below it.
func (n *inode) below(dir *inode) bool {
	for ; n != dir; n = n.names.parent {
		if n == n.names.parent {
			return false
		}
	}
	return true
}

// path returns the absolute path of directory n; ENOENT when it was removed.
func (t *tree) path(n *inode) (string, Errno) {
	path := ""
	for ; n != t.root; n = n.names.parent {
		if n.names.dead {
			return "", ENOENT
		}
		path = "/" + n.names.name + path
	}
	if path == "" {
		path = "/"
	}
	return path, 0
}
