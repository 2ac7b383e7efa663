// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Calls about descriptors themselves: closing, copying, flags, pipes.

package posix

// fcntl commands, Linux's values.
const (
	fDupFD        = 0
	fGetFD        = 1
	fSetFD        = 2
	fGetFL        = 3
	fSetFL        = 4
	fGetLock      = 5
	fSetLock      = 6
	fSetLockWait  = 7
	fGetRange     = 36 // F_OFD_GETLK
	fSetRange     = 37
	fSetRangeWait = 38
	fDupFDCloexec = 1030
	fSetPipeSize  = 1031
	fGetPipeSize  = 1032
)

// ioctl requests every descriptor or pipe knows, Linux's values.
const (
	ioctlNoCloexec = 0x5450 // FIONCLEX
	ioctlCloexec   = 0x5451 // FIOCLEX
	ioctlPending   = 0x541b // FIONREAD
	ioctlNonblock  = 0x5421 // FIONBIO
)

// settable are the status flags F_SETFL can change.
const settable = oAppend | oNonblock | oDirect

// closeFD is close: descriptor.
func (s *system) closeFD(a *arguments) (uintptr, Errno) { return 0, s.fds.remove(a.int(0)) }

// closeRange is close_range: first, last, flags.
func (s *system) closeRange(a *arguments) (uintptr, Errno) {
	const unshare, cloexec = 2, 4
	first, last, flags := a.uint32(0), a.uint32(1), a.uint32(2)
	if first > last || flags&^(unshare|cloexec) != 0 {
		return 0, EINVAL
	}
	for fd := int(first); fd <= int(min(last, uint32(s.fds.end()))); fd++ {
		if flags&cloexec != 0 {
			s.fds.setCloexec(fd, true)
		} else {
			s.fds.remove(fd)
		}
	}
	return 0, 0
}

// dup: fd.
func (s *system) dup(a *arguments) (uintptr, Errno) {
	fd, e := s.fds.add(a.file, 0, false)
	return uintptr(fd), e
}

// dup2: fd, new fd. The same twice only checks.
func (s *system) dup2(a *arguments) (uintptr, Errno) {
	if a.int(0) == a.int(1) {
		return uintptr(a.int(1)), 0
	}
	return uintptr(a.int(1)), s.fds.replace(a.file, a.int(1), false)
}

// dup3: fd, new fd, flags.
func (s *system) dup3(a *arguments) (uintptr, Errno) {
	flags := a.uint32(2)
	if flags&^oCloexec != 0 || a.int(0) == a.int(1) {
		return 0, EINVAL
	}
	f, e := s.fds.get(a.int(0))
	if e != 0 {
		return 0, e
	}
	e = s.fds.replace(f, a.int(1), flags != 0)
	f.release()
	return uintptr(a.int(1)), e
}

// pipe2: two ints, flags; pipe is this with flags 0.
func (s *system) pipe2(a *arguments) (uintptr, Errno) {
	flags := a.uint32(1)
	if flags&^(oCloexec|oNonblock) != 0 {
		return 0, EINVAL
	}
	cloexec := flags&oCloexec != 0
	p := newPipe(s.inodes.Add(1))
	reader, writer := p.end(s.k, p, oReadOnly|flags&oNonblock), p.end(s.k, p, oWriteOnly|flags&oNonblock)
	r, e := s.fds.add(reader, 0, cloexec)
	if e != 0 {
		return 0, e
	}
	w, e := s.fds.add(writer, 0, cloexec)
	if e == 0 {
		var result [8]byte
		put32(result[0:], uint32(r))
		put32(result[4:], uint32(w))
		if e = a.store(0, result[:]); e != 0 {
			s.fds.remove(w)
		}
	}
	if e != 0 {
		s.fds.remove(r)
	}
	return 0, e
}

// fcntl: fd, command, argument.
func (s *system) fcntl(a *arguments) (uintptr, Errno) {
	f, fd := a.file, a.int(0)
	switch command := a.int(1); command {
	case fDupFD, fDupFDCloexec:
		return s.dupFrom(f, a.int64(2), command == fDupFDCloexec)
	case fGetFD:
		if s.fds.cloexec(fd) {
			return 1, 0
		}
		return 0, 0
	case fSetFD:
		s.fds.setCloexec(fd, a.word[2]&1 != 0)
		return 0, 0
	case fGetFL:
		return uintptr(f.flags.Load()), 0
	case fSetFL:
		f.setFlags(settable, a.uint32(2))
		return 0, 0
	case fSetPipeSize:
		return f.object.capacity(int64(a.uint32(2)))
	case fGetPipeSize:
		return f.object.capacity(-1)
	}
	return 0, EINVAL
}

// dupFrom names f again, by the lowest number from low on.
func (s *system) dupFrom(f *file, low int64, cloexec bool) (uintptr, Errno) {
	if low < 0 || low >= s.fds.limit.Load() {
		return 0, EINVAL
	}
	fd, e := s.fds.add(f, int(low), cloexec)
	return uintptr(fd), e
}

// setFlags changes those of the status flags that mask has.
func (f *file) setFlags(mask, flags uint32) {
	f.flags.And(^(mask &^ flags))
	f.flags.Or(mask & flags)
}

// ioctl: fd, request, argument.
func (s *system) ioctl(a *arguments) (uintptr, Errno) {
	switch request := a.uint32(1); request {
	case ioctlCloexec, ioctlNoCloexec:
		s.fds.setCloexec(a.int(0), request == ioctlCloexec)
		return 0, 0
	case ioctlNonblock:
		b, e := a.memory(2, 4)
		if e == 0 && get32(b) != 0 {
			a.file.setFlags(oNonblock, oNonblock)
		} else if e == 0 {
			a.file.setFlags(oNonblock, 0)
		}
		return 0, e
	case ioctlPending:
		if p := a.file.pipe(); p != nil {
			var result [4]byte
			_, n := p.extent()
			put32(result[:], uint32(n))
			return 0, a.store(2, result[:])
		}
	}
	if c, ok := a.file.object.(*console); ok {
		return 0, c.control(a)
	}
	return 0, ENOTTY
}
