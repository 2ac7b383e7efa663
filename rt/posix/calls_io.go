// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Calls that move bytes through a descriptor.

package posix

// Whence of lseek, Linux's values.
const (
	seekStart   = 0
	seekCurrent = 1
	seekEnd     = 2
	seekData    = 3
	seekHole    = 4 // the last one
)

// Numbers of the calls that share a handler with others.
const (
	callLstat      = 6
	callMmap       = 9
	callPread64    = 17
	callPwrite64   = 18
	callReadv      = 19
	callRmdir      = 84
	callLchown     = 94
	callTkill      = 200
	callFchownat   = 260
	callNewfstatat = 262
	callUnlinkat   = 263
	callLinkat     = 265
	callRenameat2  = 316
	callFaccessat2 = 439
	callFchmodat2  = 452
)

// positioned is pread64 and pwrite64: descriptor, buffer, length, offset, which
// Linux looks at first.
func (s *system) positioned(a *arguments) (uintptr, Errno) {
	if a.int64(3) < 0 {
		return 0, EINVAL
	}
	if e := s.open0(a); e != 0 {
		return 0, e
	}
	if a.nr == callPread64 {
		return s.readFrom(a)
	}
	return s.writeTo(a)
}

// open0 gets the file of descriptor 0, in a call that looks at something else
// before it.
func (s *system) open0(a *arguments) (e Errno) {
	a.file, e = s.fds.get(a.int(0))
	return e
}

// readFrom is read: fd, buffer, length; and pread64, by way of positioned.
func (s *system) readFrom(a *arguments) (uintptr, Errno) {
	b, off, e := a.transfer(callPread64, true)
	if e != 0 {
		return 0, e
	}
	n, e := a.file.object.read(a.file, b, off)
	return uintptr(n), e
}

// writeTo is write: fd, buffer, length; and pwrite64, by way of positioned.
func (s *system) writeTo(a *arguments) (uintptr, Errno) {
	b, off, e := a.transfer(callPwrite64, false)
	if e != 0 {
		return 0, e
	}
	n, e := a.file.object.write(a.file, b, off)
	return uintptr(n), e
}

// transfer returns the buffer and the offset of a call that moves bytes; call
// positioned has an offset among its arguments.
func (a *arguments) transfer(positioned uintptr, reading bool) (b []byte, off int64, e Errno) {
	f, off := a.file, int64(current)
	if a.nr == positioned {
		off = a.int64(3)
		if _, e := f.object.seek(f, 0, seekCurrent); e != 0 {
			return nil, 0, e
		}
	}
	if !f.permits(reading) {
		return nil, 0, EBADF
	}
	b, e = a.buffer(1)
	return b, off, e
}

// gatherer is an object that wants the vectors of one call together: each of its
// transfers is a message.
type gatherer interface {
	gather(f *file, list []vector, reading bool) (int, Errno)
}

// permits reports whether the file was opened for reading, or for writing.
func (f *file) permits(reading bool) bool {
	flags := f.flags.Load()
	only := uint32(oWriteOnly)
	if reading {
		only = oReadOnly
	}
	access := flags & oAccess
	return flags&oPath == 0 && (access == only || access == oReadWrite)
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
	if g, ok := f.object.(gatherer); ok && e == 0 {
		n, e := g.gather(f, list, reading)
		return uintptr(n), e
	}
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

// fsync is fsync and fdatasync: fd. There is nothing behind a file to flush it
// to; streams and devices do not sync.
func (s *system) fsync(a *arguments) (uintptr, Errno) {
	if a.file.flags.Load()&oPath != 0 {
		return 0, EBADF
	}
	switch a.file.object.(type) {
	case *regular, *listing:
		return 0, 0
	}
	return 0, EINVAL
}

// getdents64: fd, buffer, length.
func (s *system) getdents64(a *arguments) (uintptr, Errno) {
	o, ok := a.file.object.(*listing)
	if !ok {
		if a.file.flags.Load()&oPath != 0 {
			return 0, EBADF
		}
		return 0, ENOTDIR
	}
	b, e := a.memory(1, uintptr(a.uint32(2)))
	if e != 0 {
		return 0, e
	}
	s.tree.mu.Lock()
	defer s.tree.mu.Unlock()
	return o.entries(a.file, b)
}
