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
	callRead     = 0
	callMmap     = 9
	callPread64  = 17
	callPwrite64 = 18
	callReadv    = 19
	callMkdir    = 83
	callTkill    = 200
	callTgkill   = 234
	callMkdirat  = 258
)

// transfer is read and write (fd, buffer, length) and pread64 and pwrite64 (and
// offset).
func (s *system) transfer(a *arguments) (uintptr, Errno) {
	f, off := a.file, int64(current)
	if a.nr == callPread64 || a.nr == callPwrite64 {
		if off = a.int64(3); off < 0 {
			return 0, EINVAL
		}
		if _, e := f.object.seek(f, 0, seekCurrent); e != 0 {
			return 0, e
		}
	}
	reading := a.nr == callRead || a.nr == callPread64
	if !f.permits(reading) {
		return 0, EBADF
	}
	b, e := a.buffer(1)
	if e != 0 {
		return 0, e
	}
	n, e := f.move(reading, b, off)
	return uintptr(n), e
}

// permits reports whether the file was opened for reading, or for writing.
func (f *file) permits(reading bool) bool {
	flags := f.flags.Load()
	other := uint32(oReadOnly)
	if reading {
		other = oWriteOnly
	}
	return flags&oPath == 0 && flags&oAccess != other
}

// move is the object's read or its write.
func (f *file) move(reading bool, b []byte, off int64) (int, Errno) {
	if reading {
		return f.object.read(f, b, off)
	}
	return f.object.write(f, b, off)
}

// scatter is readv and writev: fd, iovec array, its length. It runs one
// transfer per vector and stops at the first short one; what was moved before
// an error counts.
func (s *system) scatter(a *arguments) (uintptr, Errno) {
	f, reading := a.file, a.nr == callReadv
	if !f.permits(reading) {
		return 0, EBADF
	}
	list, e := a.vectors(1)
	total := 0
	for i := range list {
		b, e := list[i].bytes()
		n := 0
		if e == 0 {
			n, e = f.move(reading, b, current)
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
