// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Calls that take a path. The tree is read-only, see nodes.go.

package posix

const (
	// atCWD as a directory descriptor means the working directory (AT_FDCWD).
	atCWD = -100

	atNoFollow    = 0x100
	atEffective   = 0x200
	atNoAutomount = 0x800
	atEmptyPath   = 0x1000
	atStatxSync   = 0x6000
)

// resolve finds the node of a path that argument i points at, relative to
// descriptor fd; last is walk's.
func (s *system) resolve(a *arguments, fd, i int) (n node, last string, e Errno) {
	path, e := a.text(i)
	if e != 0 {
		return 0, "", e
	}
	n, e = s.base(fd, path)
	if e != 0 {
		return 0, "", e
	}
	return walk(n, path)
}

// base returns the directory that path starts from.
func (s *system) base(fd int, path string) (node, Errno) {
	switch {
	case path == "":
		return 0, ENOENT
	case path[0] == '/':
		return nodeRoot, 0
	case fd == atCWD:
		return s.workingDirectory(), 0
	}
	f, e := s.fds.get(fd)
	if e != 0 {
		return 0, e
	}
	defer f.release()
	d, ok := f.object.(directory)
	if !ok {
		return 0, ENOTDIR
	}
	return node(d), 0
}

func (s *system) workingDirectory() node {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.directory
}

func (s *system) setWorkingDirectory(n node) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.directory = n
}

// open: path, flags, mode.
func (s *system) open(a arguments) (uintptr, Errno) { return s.openPath(&a, atCWD, 0) }

// creat: path, mode.
func (s *system) creat(a arguments) (uintptr, Errno) {
	a.word[1] = oCreate | oWriteOnly | oTruncate
	return s.openPath(&a, atCWD, 0)
}

// openat: directory fd, path, flags, mode.
func (s *system) openat(a arguments) (uintptr, Errno) { return s.openPath(&a, a.int(0), 1) }

// openPath opens the path in argument i with the flags in argument i+1.
func (s *system) openPath(a *arguments, fd, i int) (uintptr, Errno) {
	flags := a.uint32(i + 1)
	n, last, e := s.resolve(a, fd, i)
	if e == ENOENT && last != "" && flags&oCreate != 0 {
		return 0, EROFS
	}
	if e == 0 {
		e = n.permits(flags)
	}
	if e != 0 {
		return 0, e
	}
	f := newFile(s.k, n.open(s), statusFlags(flags))
	number, e := s.fds.add(f, 0, flags&oCloexec != 0)
	return uintptr(number), e
}

// statusFlags is what a file keeps of the flags it was opened with.
func statusFlags(flags uint32) uint32 {
	if flags&oPath != 0 {
		return flags & (oPath | oDirectory | oNoFollow)
	}
	return flags&(oAccess|settable|oDirectory|oNoFollow) | oLargeFile
}

// permits says whether n can be opened so.
func (n node) permits(flags uint32) Errno {
	change := flags&oAccess != oReadOnly || flags&(oCreate|oTruncate) != 0
	switch {
	case flags&oPath != 0:
		change = false
	case flags&(oCreate|oExclusive) == oCreate|oExclusive:
		return EEXIST
	case flags&oTemporary != 0 && n.directory():
		return EROFS
	}
	if n.directory() && change {
		return EISDIR
	}
	if !n.directory() && flags&oDirectory != 0 {
		return ENOTDIR
	}
	return 0
}

// stat and lstat: path, buffer. There are no symbolic links.
func (s *system) stat(a arguments) (uintptr, Errno) { return s.statPath(&a, atCWD, 0, 1, 0) }

// newfstatat: directory fd, path, buffer, flags.
func (s *system) newfstatat(a arguments) (uintptr, Errno) {
	flags := a.uint32(3)
	if flags&^(atNoFollow|atNoAutomount|atEmptyPath) != 0 {
		return 0, EINVAL
	}
	return s.statPath(&a, a.int(0), 1, 2, flags)
}

// statPath writes the struct stat of the path in argument i to argument to.
func (s *system) statPath(a *arguments, fd, i, to int, flags uint32) (uintptr, Errno) {
	st, e := s.statusOf(a, fd, i, flags)
	if e != 0 {
		return 0, e
	}
	b, e := a.memory(to, statSize)
	if e != 0 {
		return 0, e
	}
	st.stat(b)
	return 0, 0
}

// statusOf describes what the path in argument i names: with atEmptyPath and
// an empty path, the descriptor itself.
func (s *system) statusOf(a *arguments, fd, i int, flags uint32) (st status, e Errno) {
	if flags&atEmptyPath != 0 && fd != atCWD {
		if path, e := a.text(i); a.null(i) || e == 0 && path == "" {
			return s.describe(fd)
		}
	}
	n, _, e := s.resolve(a, fd, i)
	if e != 0 {
		return st, e
	}
	return n.status(), 0
}

// describe is the status of an open file.
func (s *system) describe(fd int) (st status, e Errno) {
	f, e := s.fds.get(fd)
	if e != 0 {
		return st, e
	}
	defer f.release()
	return f.object.status(), 0
}

// fstat: fd, buffer.
func (s *system) fstat(a arguments) (uintptr, Errno) {
	st, e := s.describe(a.int(0))
	if e != 0 {
		return 0, e
	}
	b, e := a.memory(1, statSize)
	if e != 0 {
		return 0, e
	}
	st.stat(b)
	return 0, 0
}

// statx: directory fd, path, flags, mask, buffer.
func (s *system) statx(a arguments) (uintptr, Errno) {
	flags := a.uint32(2)
	if flags&^(atNoFollow|atNoAutomount|atEmptyPath|atStatxSync) != 0 {
		return 0, EINVAL
	}
	st, e := s.statusOf(&a, a.int(0), 1, flags)
	if e != 0 {
		return 0, e
	}
	b, e := a.memory(4, statxSize)
	if e != 0 {
		return 0, e
	}
	st.statx(b)
	return 0, 0
}

// access: path, mode.
func (s *system) access(a arguments) (uintptr, Errno) { return s.mayAccess(&a, atCWD, 0) }

// faccessat: directory fd, path, mode.
func (s *system) faccessat(a arguments) (uintptr, Errno) { return s.mayAccess(&a, a.int(0), 1) }

// faccessat2: directory fd, path, mode, flags.
func (s *system) faccessat2(a arguments) (uintptr, Errno) {
	if a.uint32(3)&^(atNoFollow|atEffective|atEmptyPath) != 0 {
		return 0, EINVAL
	}
	return s.mayAccess(&a, a.int(0), 1)
}

// mayAccess checks the path in argument i for the mode in argument i+1, as
// root: everything, but no writing to directories and no running of devices.
func (s *system) mayAccess(a *arguments, fd, i int) (uintptr, Errno) {
	const run, change, all = 1, 2, 7
	mode := a.uint32(i + 1)
	if mode&^all != 0 {
		return 0, EINVAL
	}
	n, _, e := s.resolve(a, fd, i)
	switch {
	case e != 0:
		return 0, e
	case n.directory() && mode&change != 0:
		return 0, EROFS
	case !n.directory() && mode&run != 0:
		return 0, EACCES
	}
	return 0, 0
}

// readlink: path. Nothing is a symbolic link.
func (s *system) readlink(a arguments) (uintptr, Errno) { return s.notLink(&a, atCWD, 0) }

// readlinkat: directory fd, path.
func (s *system) readlinkat(a arguments) (uintptr, Errno) { return s.notLink(&a, a.int(0), 1) }

func (s *system) notLink(a *arguments, fd, i int) (uintptr, Errno) {
	if _, _, e := s.resolve(a, fd, i); e != 0 {
		return 0, e
	}
	return 0, EINVAL
}

// getcwd: buffer, length. The result counts the NUL.
func (s *system) getcwd(a arguments) (uintptr, Errno) {
	path := s.workingDirectory().path()
	if uintptr(len(path)) >= a.word[1] {
		return 0, ERANGE
	}
	b, e := a.memory(0, uintptr(len(path)+1))
	if e != 0 {
		return 0, e
	}
	b[copy(b, path)] = 0
	return uintptr(len(b)), 0
}

// chdir: path.
func (s *system) chdir(a arguments) (uintptr, Errno) {
	n, _, e := s.resolve(&a, atCWD, 0)
	if e != 0 {
		return 0, e
	}
	if !n.directory() {
		return 0, ENOTDIR
	}
	s.setWorkingDirectory(n)
	return 0, 0
}

// fchdir: fd.
func (s *system) fchdir(a arguments) (uintptr, Errno) {
	n, e := s.base(a.int(0), ".")
	if e != 0 {
		return 0, e
	}
	s.setWorkingDirectory(n)
	return 0, 0
}
