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

// closeFD is close: fd.
func (s *system) closeFD(a arguments) (uintptr, Errno) { return 0, s.fds.remove(a.int(0)) }

// closeRange is close_range: first, last, flags.
func (s *system) closeRange(a arguments) (uintptr, Errno) {
	const unshare, cloexec = 2, 4
	first, last, flags := a.uint32(0), a.uint32(1), a.uint32(2)
	if first > last || flags&^(unshare|cloexec) != 0 {
		return 0, EINVAL
	}
	on := true
	for fd := int(first); fd <= int(min(last, MaxDescriptors-1)); fd++ {
		if flags&cloexec != 0 {
			s.fds.cloexec(fd, &on)
		} else {
			s.fds.remove(fd)
		}
	}
	return 0, 0
}

// dup: fd.
func (s *system) dup(a arguments) (uintptr, Errno) { return s.copyFD(&a, 0, false) }

// copyFD names the file of argument 0 again, by the lowest number from low on.
func (s *system) copyFD(a *arguments, low int, cloexec bool) (uintptr, Errno) {
	f, e := s.file(a)
	if e != 0 {
		return 0, e
	}
	defer f.release()
	fd, e := s.fds.add(f, low, cloexec)
	return uintptr(fd), e
}

// dup2: fd, new fd. The same twice only checks.
func (s *system) dup2(a arguments) (uintptr, Errno) {
	if a.int(0) != a.int(1) {
		return s.moveFD(&a, false)
	}
	f, e := s.file(&a)
	if e != 0 {
		return 0, e
	}
	f.release()
	return uintptr(a.int(1)), 0
}

// dup3: fd, new fd, flags.
func (s *system) dup3(a arguments) (uintptr, Errno) {
	flags := a.uint32(2)
	if flags&^oCloexec != 0 || a.int(0) == a.int(1) {
		return 0, EINVAL
	}
	return s.moveFD(&a, flags != 0)
}

// moveFD makes argument 1 name the file of argument 0.
func (s *system) moveFD(a *arguments, cloexec bool) (uintptr, Errno) {
	f, e := s.file(a)
	if e != 0 {
		return 0, e
	}
	defer f.release()
	return uintptr(a.int(1)), s.fds.replace(f, a.int(1), cloexec)
}

// pipe: two ints.
func (s *system) pipe(a arguments) (uintptr, Errno) { return s.pair(&a, 0) }

// pipe2: two ints, flags.
func (s *system) pipe2(a arguments) (uintptr, Errno) {
	flags := a.uint32(1)
	if flags&^(oCloexec|oNonblock) != 0 {
		return 0, EINVAL
	}
	return s.pair(&a, flags)
}

// pair makes a pipe and writes its two descriptors to argument 0.
func (s *system) pair(a *arguments, flags uint32) (uintptr, Errno) {
	b, e := a.memory(0, 8)
	if e != 0 {
		return 0, e
	}
	r, w := newPipe(s.k, flags&oNonblock, s.inodes.Add(1))
	reader, e := s.fds.add(r, 0, flags&oCloexec != 0)
	if e != 0 {
		return 0, e
	}
	writer, e := s.fds.add(w, 0, flags&oCloexec != 0)
	if e != 0 {
		s.fds.remove(reader)
		return 0, e
	}
	put32(b, uint32(reader))
	put32(b[4:], uint32(writer))
	return 0, 0
}

// fcntl: fd, command, argument.
func (s *system) fcntl(a arguments) (uintptr, Errno) {
	f, e := s.file(&a)
	if e != 0 {
		return 0, e
	}
	defer f.release()
	switch command := a.int(1); command {
	case fDupFD, fDupFDCloexec:
		low := a.int64(2)
		if low < 0 || low >= int64(s.fds.soft()) {
			return 0, EINVAL
		}
		return s.copyFD(&a, int(low), command == fDupFDCloexec)
	case fGetFD:
		on, e := s.fds.cloexec(a.int(0), nil)
		return bit(on), e
	case fSetFD:
		on := a.word[2]&1 != 0
		_, e := s.fds.cloexec(a.int(0), &on)
		return 0, e
	case fGetFL:
		return uintptr(f.flags.Load()), 0
	case fSetFL:
		f.setFlags(a.uint32(2))
		return 0, 0
	}
	return f.pipeSize(&a)
}

// pipeSize answers the fcntl commands that only a pipe knows.
func (f *file) pipeSize(a *arguments) (uintptr, Errno) {
	p := f.pipe()
	switch command := a.int(1); {
	case command != fSetPipeSize && command != fGetPipeSize:
		return 0, EINVAL
	case p == nil:
		return 0, EBADF
	case command == fGetPipeSize:
		return uintptr(p.capacity()), 0
	}
	n, e := p.resize(int(a.uint32(2)))
	return uintptr(n), e
}

// pipe returns the pipe that f is an end of, or nil.
func (f *file) pipe() *pipe {
	switch end := f.object.(type) {
	case readEnd:
		return end.pipe
	case writeEnd:
		return end.pipe
	}
	return nil
}

// setFlags changes the status flags that can be changed.
func (f *file) setFlags(flags uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.flags.Store(f.flags.Load()&^settable | flags&settable)
}

// bit is 1 for true.
func bit(on bool) uintptr {
	if on {
		return 1
	}
	return 0
}

// ioctl: fd, request, argument.
func (s *system) ioctl(a arguments) (uintptr, Errno) {
	f, e := s.file(&a)
	if e != 0 {
		return 0, e
	}
	defer f.release()
	switch request := a.uint32(1); request {
	case ioctlCloexec, ioctlNoCloexec:
		on := request == ioctlCloexec
		_, e := s.fds.cloexec(a.int(0), &on)
		return 0, e
	case ioctlNonblock:
		b, e := a.memory(2, 4)
		if e != 0 {
			return 0, e
		}
		flags := f.flags.Load() &^ oNonblock
		if get32(b) != 0 {
			flags |= oNonblock
		}
		f.setFlags(flags)
		return 0, 0
	default:
		return f.object.control(a)
	}
}
