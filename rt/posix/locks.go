// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Locks on files, as one process sees them: flock's belong to an open file and
// can be in the way of another one of the same program; fcntl's belong to the
// process and never are, but for those that it keeps for an open file (ranges.go).

package posix

import "sync"

// Operations of flock, Linux's values.
const (
	lockShared    = 1
	lockExclusive = 2
	lockNonblock  = 4
	lockNone      = 8
)

// holders are the open files that hold locks on an inode, whose own lock guards
// them: flock's, and those of ranges.
type holders struct {
	exclusive bool // of flock's: then there is one
	files     []*file
	ranges    []span
	changed   *sync.Cond // made by the first that waits
}

// flock: descriptor, operation, which Linux looks at first. What the file holds
// goes before it asks for another kind, so it may end with nothing.
func (s *system) flock(a *arguments) (uintptr, Errno) {
	how := a.uint32(1) &^ lockNonblock
	if how != lockShared && how != lockExclusive && how != lockNone {
		return 0, EINVAL
	}
	f, e := s.fds.get(a.int(0))
	if e != 0 {
		return 0, e
	}
	defer f.release()
	n, e := f.changeable()
	if e != 0 {
		return 0, e
	}
	n.unlock(f)
	if how == lockNone {
		return 0, 0
	}
	return 0, n.lock(f, how == lockExclusive, a.uint32(1)&lockNonblock == 0)
}

// lock makes f a holder, once nobody is in the way.
func (n *inode) lock(f *file, exclusive, wait bool) Errno {
	n.mu.Lock()
	defer n.mu.Unlock()
	h := &n.holders
	for len(h.files) > 0 && (exclusive || h.exclusive) {
		if !wait {
			return EAGAIN
		}
		n.waitForHolders()
	}
	h.exclusive = exclusive
	h.files = append(h.files, f)
	return 0
}

// waitForHolders waits until a lock on n is no more what it was; n.mu is held.
func (n *inode) waitForHolders() {
	if n.holders.changed == nil {
		n.holders.changed = sync.NewCond(&n.mu)
	}
	n.holders.changed.Wait()
}

// tell wakes who waits.
func (h *holders) tell() {
	if h.changed != nil {
		h.changed.Broadcast()
	}
}

// unlock takes flock's lock that f holds.
func (n *inode) unlock(f *file) {
	n.mu.Lock()
	defer n.mu.Unlock()
	h := &n.holders
	for i := range h.files {
		if h.files[i] == f {
			h.files[i] = h.files[len(h.files)-1]
			h.files = h.files[:len(h.files)-1]
			h.tell()
			return
		}
	}
}

// Types of fcntl's locks, Linux's values, and the size of a struct flock.
const (
	lockForRead  = 0
	lockForWrite = 1
	lockFree     = 2
	lockSize     = 32
)

// control is fcntl with the commands for locks, which package syscall's own
// wrapper never passes on.
func (s *system) control(a *arguments) (uintptr, Errno) {
	command := a.int(1)
	var lock func(*file, int, []byte) Errno
	switch command {
	case fGetLock, fSetLock, fSetLockWait:
		lock = (*file).processLock
	case fGetRange, fSetRange, fSetRangeWait:
		lock = (*file).rangeLock
	default:
		return s.fcntl(a)
	}
	if a.file.flags.Load()&oPath != 0 {
		return 0, EBADF
	}
	b, e := a.memory(2, lockSize)
	if e == 0 {
		e = lock(a.file, command, b)
	}
	return 0, e
}

// processLock is fcntl's lock that the process would have: b is a struct flock.
// It conflicts with other processes' only, so it is always had, and what would
// be in its way is nothing.
func (f *file) processLock(command int, b []byte) Errno {
	kind := get32(b) & 0xffff
	switch {
	case kind > lockFree || command == fGetLock && kind == lockFree:
		return EINVAL
	case command == fGetLock:
		b[0] = lockFree
	case kind == lockForRead && !f.permits(true), kind == lockForWrite && !f.permits(false):
		return EBADF
	}
	return 0
}
