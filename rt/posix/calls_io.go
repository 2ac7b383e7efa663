// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Calls that move bytes through a descriptor.

package posix

// Whence of lseek, Linux's values.
const (
	seekStart   = 0
	seekCurrent = 1
	seekHole    = 4 // the last one
)

// Numbers of the calls that share a handler with others.
const (
	callMmap     = 9
	callPread64  = 17
	callPwrite64 = 18
	callReadv    = 19
	callTkill    = 200
	callTgkill   = 234
)

// offset returns where a read or write is to happen, and refuses one that its
// file cannot take.
func (a *arguments) offset(allowed bool) (int64, Errno) {
	off := int64(current)
	if a.nr == callPread64 || a.nr == callPwrite64 {
		if off = a.int64(3); off < 0 {
			return 0, EINVAL
		}
		if _, e := a.file.object.seek(a.file, 0, seekCurrent); e != 0 {
			return 0, e
		}
	}
	if !allowed {
		return 0, EBADF
	}
	return off, 0
}

// input is read (fd, buffer, length) and pread64 (and offset).
func (s *system) input(a *arguments) (uintptr, Errno) {
	off, e := a.offset(a.file.readable())
	if e != 0 {
		return 0, e
	}
	b, e := a.transfer(1)
	if e != 0 {
		return 0, e
	}
	n, e := a.file.object.read(a.file, b, off)
	return uintptr(n), e
}

// output is write (fd, buffer, length) and pwrite64 (and offset).
func (s *system) output(a *arguments) (uintptr, Errno) {
	off, e := a.offset(a.file.writable())
	if e != 0 {
		return 0, e
	}
	b, e := a.transfer(1)
	if e != 0 {
		return 0, e
	}
	n, e := a.file.object.write(a.file, b, off)
	return uintptr(n), e
}

// scatter is readv and writev: fd, iovec array, its length. It runs one
// transfer per vector and stops at the first short one; what was moved before
// an error counts.
func (s *system) scatter(a *arguments) (uintptr, Errno) {
	f, reading := a.file, a.nr == callReadv
	if reading && !f.readable() || !reading && !f.writable() {
		return 0, EBADF
	}
	list, e := a.vectors(1)
	total := 0
	for i := range list {
		b, e := list[i].bytes()
		n := 0
		switch {
		case e != 0:
		case reading:
			n, e = f.object.read(f, b, current)
		default:
			n, e = f.object.write(f, b, current)
		}
		total += n
		if e != 0 && total == 0 {
			return 0, e
		}
		if e != 0 || n < len(b) {
			break
		}
	}
	return uintptr(total), e
}

// lseek: fd, offset, whence.
func (s *system) lseek(a *arguments) (uintptr, Errno) {
	if a.file.flags.Load()&oPath != 0 {
		return 0, EBADF
	}
	whence := a.int(2)
	if whence < seekStart || whence > seekHole {
		return 0, EINVAL
	}
	at, e := a.file.object.seek(a.file, a.int64(1), whence)
	return uintptr(at), e
}

// fsync is fsync and fdatasync: fd. There is nothing behind a directory to
// flush, and streams and devices do not sync.
func (s *system) fsync(a *arguments) (uintptr, Errno) {
	if _, e := a.file.directory(); e != 0 {
		return 0, EINVAL
	}
	return 0, 0
}

// directory returns the directory that f is, or says ENOTDIR.
func (f *file) directory() (node, Errno) {
	o, ok := f.object.(*opened)
	if !ok || !o.node.directory() {
		return 0, ENOTDIR
	}
	return o.node, 0
}

// getdents64: fd, buffer, length.
func (s *system) getdents64(a *arguments) (uintptr, Errno) {
	n, e := a.file.directory()
	if e != 0 {
		return 0, e
	}
	b, e := a.memory(1, uintptr(a.uint32(2)))
	if e != 0 {
		return 0, e
	}
	return n.entries(a.file, b)
}
