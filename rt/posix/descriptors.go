// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The descriptor table. Every call that names a descriptor comes through here.

package posix

import "sync"

// MaxDescriptors is how many descriptors a program can have, and the hard
// limit of RLIMIT_NOFILE. The kernel has a poll slot for each.
const MaxDescriptors = 4096

// descriptor is one entry; a nil file is a free one.
type descriptor struct {
	file    *file
	cloexec bool
}

// descriptors is the table. Its lock comes before a file's own.
type descriptors struct {
	mu    sync.Mutex
	list  []descriptor
	limit int // soft RLIMIT_NOFILE
}

// get returns the file behind fd with a reference for the caller to release.
func (d *descriptors) get(fd int) (*file, Errno) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if fd < 0 || fd >= len(d.list) || d.list[fd].file == nil {
		return nil, EBADF
	}
	f := d.list[fd].file
	f.refs.Add(1)
	return f, 0
}

// add names f with the lowest free descriptor from low on.
func (d *descriptors) add(f *file, low int, cloexec bool) (int, Errno) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for fd := low; fd < d.limit; fd++ {
		if fd >= len(d.list) || d.list[fd].file == nil {
			d.set(fd, f, cloexec)
			return fd, 0
		}
	}
	return 0, EMFILE
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

// replace makes fd name f, closing what it named before.
func (d *descriptors) replace(f *file, fd int, cloexec bool) Errno {
	d.mu.Lock()
	if fd < 0 || fd >= d.limit {
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

// clear empties entry fd and returns the file that was there, whose reference
// passes to the caller. The lock is held.
func (d *descriptors) clear(fd int) *file {
	if fd >= len(d.list) || d.list[fd].file == nil {
		return nil
	}
	f := d.list[fd].file
	d.list[fd] = descriptor{}
	f.detach(fd)
	return f
}

// remove closes fd. A call still running in the file keeps the file, not the
// number.
func (d *descriptors) remove(fd int) Errno {
	if fd < 0 {
		return EBADF
	}
	d.mu.Lock()
	f := d.clear(fd)
	d.mu.Unlock()
	if f == nil {
		return EBADF
	}
	f.release()
	return 0
}

// cloexec returns, and sets where set is given, the flag of one descriptor.
func (d *descriptors) cloexec(fd int, set *bool) (bool, Errno) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if fd < 0 || fd >= len(d.list) || d.list[fd].file == nil {
		return false, EBADF
	}
	if set != nil {
		d.list[fd].cloexec = *set
	}
	return d.list[fd].cloexec, 0
}

// setLimit changes the soft limit; descriptors above it stay open.
func (d *descriptors) setLimit(n uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit = int(min(n, MaxDescriptors))
}

// soft returns the soft limit.
func (d *descriptors) soft() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.limit
}
