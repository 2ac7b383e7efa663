// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The descriptor table. Every call that names a descriptor comes through here.

package posix

import (
	"sync"
	"sync/atomic"
)

// MaxDescriptors is how many descriptors a program can have, and the hard
// limit of RLIMIT_NOFILE. The kernel has a poll slot for each.
const MaxDescriptors = 1 << 16

// descriptor is one entry; a nil file is a free one.
type descriptor struct {
	file    *file
	cloexec bool
}

// descriptors is the table. Its lock comes before a file's own.
type descriptors struct {
	mu    sync.Mutex
	list  []descriptor
	low   int          // all below are in use
	limit atomic.Int64 // soft RLIMIT_NOFILE
}

// at returns entry fd where a file is open, else nil. The lock is held.
func (d *descriptors) at(fd int) *descriptor {
	if uint(fd) >= uint(len(d.list)) || d.list[fd].file == nil {
		return nil
	}
	return &d.list[fd]
}

// get returns the file behind fd with a reference for the caller to release.
func (d *descriptors) get(fd int) (*file, Errno) {
	d.mu.Lock()
	entry := d.at(fd)
	if entry == nil {
		d.mu.Unlock()
		return nil, EBADF
	}
	f := entry.file
	f.refs.Add(1)
	d.mu.Unlock()
	return f, 0
}

// add names f with the lowest free descriptor from low on.
func (d *descriptors) add(f *file, low int, cloexec bool) (int, Errno) {
	d.mu.Lock()
	for fd := max(low, d.low); fd < int(d.limit.Load()); fd++ {
		if d.at(fd) == nil {
			d.set(fd, f, cloexec)
			if low <= d.low {
				d.low = fd + 1
			}
			d.mu.Unlock()
			return fd, 0
		}
	}
	d.mu.Unlock()
	return 0, EMFILE
}

// vacancy says whether there is a number left. Calls that change something before they
// give it to a file ask first, as on Linux.
func (d *descriptors) vacancy() Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	for fd := d.low; fd < int(d.limit.Load()); fd++ {
		if d.at(fd) == nil {
			return 0
		}
	}
	return EMFILE
}

// set fills entry fd, which must be free. The lock is held.
func (d *descriptors) set(fd int, f *file, cloexec bool) {
	for fd >= len(d.list) {
		d.list = append(d.list, descriptor{})
	}
	f.refs.Add(1)
	d.list[fd] = descriptor{f, cloexec}
	f.attach(fd)
}

// clear empties entry fd and returns the file that was there, whose reference
// passes to the caller. The lock is held.
func (d *descriptors) clear(fd int) *file {
	entry := d.at(fd)
	if entry == nil {
		return nil
	}
	f := entry.file
	*entry = descriptor{}
	d.low = min(d.low, fd)
	f.detach(fd)
	return f
}

// end is a number above all descriptors.
func (d *descriptors) end() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.list)
}

// replace makes fd name f, closing what it named before.
func (d *descriptors) replace(f *file, fd int, cloexec bool) Errno {
	d.mu.Lock()
	if fd < 0 || fd >= int(d.limit.Load()) {
		d.mu.Unlock()
		return EBADF
	}
	old := d.clear(fd)
	d.set(fd, f, cloexec)
	d.mu.Unlock()
	if old != nil {
		old.release()
	}
	return 0
}

// remove closes fd. A call still running in the file keeps the file, not the
// number.
func (d *descriptors) remove(fd int) Errno {
	d.mu.Lock()
	f := d.clear(fd)
	d.mu.Unlock()
	if f == nil {
		return EBADF
	}
	f.release()
	return 0
}

// cloexec returns the flag of one descriptor.
func (d *descriptors) cloexec(fd int) bool {
	d.mu.Lock()
	entry := d.at(fd)
	on := entry != nil && entry.cloexec
	d.mu.Unlock()
	return on
}

// setCloexec sets the flag of one descriptor, if it is open.
func (d *descriptors) setCloexec(fd int, on bool) {
	d.mu.Lock()
	if entry := d.at(fd); entry != nil {
		entry.cloexec = on
	}
	d.mu.Unlock()
}
