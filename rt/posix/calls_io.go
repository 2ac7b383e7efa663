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

// read: fd, buffer, length.
func (s *system) read(a arguments) (uintptr, Errno) { return s.input(&a, current) }

// write: fd, buffer, length.
func (s *system) write(a arguments) (uintptr, Errno) { return s.output(&a, current) }

// pread64: fd, buffer, length, offset.
func (s *system) pread64(a arguments) (uintptr, Errno) {
	if a.int64(3) < 0 {
		return 0, EINVAL
	}
	return s.input(&a, a.int64(3))
}

// pwrite64: fd, buffer, length, offset.
func (s *system) pwrite64(a arguments) (uintptr, Errno) {
	if a.int64(3) < 0 {
		return 0, EINVAL
	}
	return s.output(&a, a.int64(3))
}

// source returns the file of argument 0, opened for reading, with a reference.
// An offset is refused where there are no positions.
func (s *system) source(a *arguments, off int64) (*file, Errno) {
	f, e := s.file(a)
	if e != 0 {
		return nil, e
	}
	return f.checked(f.readable(), off)
}

// sink is source for writing.
func (s *system) sink(a *arguments, off int64) (*file, Errno) {
	f, e := s.file(a)
	if e != 0 {
		return nil, e
	}
	return f.checked(f.writable(), off)
}

// checked passes f on, or gives its reference back and says what is wrong.
func (f *file) checked(allowed bool, off int64) (*file, Errno) {
	e := Errno(0)
	if off != current {
		_, e = f.object.seek(f, 0, seekCurrent)
	}
	if e == 0 && !allowed {
		e = EBADF
	}
	if e != 0 {
		f.release()
		return nil, e
	}
	return f, 0
}

// input is one read into argument 1, at off or the file's position.
func (s *system) input(a *arguments, off int64) (uintptr, Errno) {
	f, e := s.source(a, off)
	if e != 0 {
		return 0, e
	}
	defer f.release()
	b, e := a.transfer(1)
	if e != 0 {
		return 0, e
	}
	n, e := f.object.read(f, b, off)
	return uintptr(n), e
}

// output is one write from argument 1, at off or the file's position.
func (s *system) output(a *arguments, off int64) (uintptr, Errno) {
	f, e := s.sink(a, off)
	if e != 0 {
		return 0, e
	}
	defer f.release()
	b, e := a.transfer(1)
	if e != 0 {
		return 0, e
	}
	n, e := f.object.write(f, b, off)
	return uintptr(n), e
}

// readv: fd, iovec array, its length.
func (s *system) readv(a arguments) (uintptr, Errno) {
	f, e := s.source(&a, current)
	if e != 0 {
		return 0, e
	}
	defer f.release()
	return f.scatter(&a, f.object.read)
}

// writev: fd, iovec array, its length.
func (s *system) writev(a arguments) (uintptr, Errno) {
	f, e := s.sink(&a, current)
	if e != 0 {
		return 0, e
	}
	defer f.release()
	return f.scatter(&a, f.object.write)
}

// scatter runs one transfer per vector and stops at the first short one. What
// was moved before an error counts.
func (f *file) scatter(a *arguments, move func(*file, []byte, int64) (int, Errno)) (uintptr, Errno) {
	list, e := a.vectors(1)
	if e != 0 {
		return 0, e
	}
	total := 0
	for i := range list {
		b, e := list[i].bytes()
		n := 0
		if e == 0 && len(b) > 0 {
			n, e = move(f, b, current)
		}
		total += n
		if e != 0 && total == 0 {
			return 0, e
		}
		if e != 0 || n < len(b) {
			break
		}
	}
	return uintptr(total), 0
}

// lseek: fd, offset, whence.
func (s *system) lseek(a arguments) (uintptr, Errno) {
	f, e := s.file(&a)
	if e != 0 {
		return 0, e
	}
	defer f.release()
	if f.flags.Load()&oPath != 0 {
		return 0, EBADF
	}
	if whence := a.int(2); whence < seekStart || whence > seekHole {
		return 0, EINVAL
	}
	at, e := f.object.seek(f, a.int64(1), a.int(2))
	return uintptr(at), e
}

// fsync and fdatasync: fd. There is nothing behind a directory to flush, and
// streams and devices do not sync.
func (s *system) fsync(a arguments) (uintptr, Errno) {
	f, e := s.file(&a)
	if e != 0 {
		return 0, e
	}
	defer f.release()
	if _, ok := f.object.(directory); !ok {
		return 0, EINVAL
	}
	return 0, 0
}

// getdents64: fd, buffer, length.
func (s *system) getdents64(a arguments) (uintptr, Errno) {
	f, e := s.file(&a)
	if e != 0 {
		return 0, e
	}
	defer f.release()
	d, ok := f.object.(directory)
	if !ok {
		return 0, ENOTDIR
	}
	b, e := a.memory(1, uintptr(a.uint32(2)))
	if e != 0 {
		return 0, e
	}
	n, e := d.entries(f, b)
	return uintptr(n), e
}
