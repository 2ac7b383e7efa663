// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a name in the tree stands for: a file, a directory, a symbolic link, a
// device, or a text about the program. Runs on the caller's goroutine.

package posix

import "sync"

// Bits of a mode beside the type, Linux's values.
const (
	modeSetUser  = 0o4000
	modeSetGroup = 0o2000
	modeSticky   = 0o1000
	modeRun      = 0o111
	modeGroupRun = 0o010
	modeBits     = 0o7777
)

// inodeCost is what one inode takes of the tree's room, in bytes.
const inodeCost = 512

// moment is a time of the wall clock.
type moment struct{ sec, nsec int64 }

// inode is one of the tree. What stands before mu never changes.
type inode struct {
	number   uint64
	format   uint32 // its type, of modeType
	device   device // which one, of a device
	text     text   // which one, of a text about the program
	target   string // where a symbolic link leads
	linkable bool   // a file that was made without a name and may be given one
	names    *names // of a directory; the tree's lock guards what it points to

	mu       sync.Mutex // guards the rest
	bits     uint32     // of the mode, beside the type
	uid, gid uint32
	links    uint32 // names that it has
	opens    int    // files that are open on it
	gone     bool   // its room was given back
	accessed moment
	modified moment
	changed  moment
	born     moment
	content  content // of a regular file
	fifo     *pipe   // of a named pipe that was opened once
	holders  holders // of locks
}

func (n *inode) directory() bool { return n.format == modeDirectory }
func (n *inode) regular() bool   { return n.format == modeRegular }
func (n *inode) link() bool      { return n.format == modeLink }

// status describes n.
func (n *inode) status() status {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := status{
		inode: n.number, mode: n.format | n.bits, links: n.links, uid: n.uid, gid: n.gid,
		block: pageSize, accessed: n.accessed, modified: n.modified, changed: n.changed, born: n.born,
	}
	switch n.format {
	case modeRegular:
		s.size, s.blocks = n.content.size, n.content.blocks()
	case modeLink:
		s.size = int64(len(n.target))
	case modeDirectory:
		s.size = pageSize
	case modeDevice:
		s.major, s.minor = n.device.number()
	}
	return s
}

// touch notes that content and attributes changed.
func (n *inode) touch(now moment) { n.modified, n.changed = now, now }

// named adds delta to the number of n's names.
func (n *inode) named(delta int, now moment) {
	n.mu.Lock()
	n.links += uint32(delta)
	n.changed = now
	n.mu.Unlock()
}

// hold and letGo count the files that are open on n: what has no name any
// more lives as long as one is.

func (n *inode) hold() {
	n.mu.Lock()
	n.opens++
	n.mu.Unlock()
}

func (n *inode) letGo(t *tree) {
	n.mu.Lock()
	n.opens--
	n.drop(t)
	n.mu.Unlock()
}

// drop gives n's room back when nothing leads to it any more. Who comes to it by
// /proc/self/fd while the last file closes finds it empty. The lock is held.
func (n *inode) drop(t *tree) {
	if n.links == 0 && n.opens == 0 && !n.gone {
		n.gone = true
		n.content.truncate(0, &t.room)
		t.room.give(inodeCost + int64(len(n.target)))
	}
}
