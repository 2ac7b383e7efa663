// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Calls that take a path. The tree is read-only, see nodes.go. The forms
// without a directory's descriptor come here with the working directory in
// argument 0.

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

// resolve finds the node of the path in argument 1, from the directory in
// argument 0 on; last is walk's.
func (s *system) resolve(a *arguments) (n node, last string, e Errno) {
	path, e := a.text(1)
	if e != 0 {
		return 0, "", e
	}
	if path == "" {
		return 0, "", ENOENT
	}
	if path[0] != '/' {
		if n, e = s.base(a.int(0)); e != 0 {
			return 0, "", e
		}
	}
	return walk(n, path)
}

// base returns the directory that descriptor fd stands for.
func (s *system) base(fd int) (node, Errno) {
	if fd == atCWD {
		return node(s.directory.Load()), 0
	}
	f, e := s.fds.get(fd)
	if e != 0 {
		return 0, e
	}
	n, e := f.directory()
	f.release()
	return n, e
}

// openat: directory fd, path, flags, mode.
func (s *system) openat(a *arguments) (uintptr, Errno) {
	flags := a.uint32(2)
	n, last, e := s.resolve(a)
	if e == ENOENT && last != "" && flags&oCreate != 0 {
		return 0, EROFS
	}
	if e == 0 {
		e = n.permits(flags)
	}
	if e != 0 {
		return 0, e
	}
	fd, e := s.fds.add(n.open(s, statusFlags(flags)), 0, flags&oCloexec != 0)
	return uintptr(fd), e
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

// fstat: fd, result.
func (s *system) fstat(a *arguments) (uintptr, Errno) {
	return 0, a.storeStat(1, a.file.object.status())
}

// newfstatat: directory fd, path, result, flags. stat and lstat are this too:
// there are no symbolic links.
func (s *system) newfstatat(a *arguments) (uintptr, Errno) {
	st, e := s.statusOf(a, a.uint32(3))
	if e != 0 {
		return 0, e
	}
	return 0, a.storeStat(2, st)
}

// statx: directory fd, path, flags, mask, result.
func (s *system) statx(a *arguments) (uintptr, Errno) {
	st, e := s.statusOf(a, a.uint32(2)&^atStatxSync)
	if e != 0 {
		return 0, e
	}
	return 0, a.storeStatx(4, st)
}

// statusOf describes what the path in argument 1 names: with atEmptyPath and
// an empty or no path, descriptor 0 itself.
func (s *system) statusOf(a *arguments, flags uint32) (st status, e Errno) {
	if flags&^(atNoFollow|atNoAutomount|atEmptyPath) != 0 {
		return st, EINVAL
	}
	n, _, e := s.resolve(a)
	if e == 0 {
		return n.status(), 0
	}
	if flags&atEmptyPath == 0 || !a.emptyPath() {
		return st, e
	}
	if a.int(0) == atCWD {
		return node(s.directory.Load()).status(), 0
	}
	f, e := s.fds.get(a.int(0))
	if e == 0 {
		st = f.object.status()
		f.release()
	}
	return st, e
}

// emptyPath reports whether argument 1 is the empty path or null.
func (a *arguments) emptyPath() bool {
	if a.null(1) {
		return true
	}
	b, e := a.memory(1, 1)
	return e == 0 && b[0] == 0
}

// faccessat: directory fd, path, mode; faccessat2: and flags, which change
// nothing for root. Root may do everything but write to directories here and
// run devices.
func (s *system) faccessat(a *arguments) (uintptr, Errno) {
	const run, change, all = 1, 2, 7
	mode := a.uint32(2)
	n, _, e := s.resolve(a)
	switch {
	case mode&^all != 0, a.uint32(3)&^(atNoFollow|atEffective|atEmptyPath) != 0:
		return 0, EINVAL
	case e != 0:
		return 0, e
	case n.directory() && mode&change != 0:
		return 0, EROFS
	case !n.directory() && mode&run != 0:
		return 0, EACCES
	}
	return 0, 0
}

// changeName is mkdir, mknod, unlink, rmdir, rename and their kin: directory
// fd, path. What is in the way is said first, then that nothing can change.
func (s *system) changeName(a *arguments) (uintptr, Errno) {
	_, last, e := s.resolve(a)
	switch {
	case e == 0 && (a.nr == callMkdir || a.nr == callMkdirat):
		e = EEXIST
	case e == 0, e == ENOENT && last != "":
		e = EROFS
	}
	return 0, e
}

// changeNode is chmod, chown, utimes, truncate and their kin: directory fd,
// path (null: the descriptor itself).
func (s *system) changeNode(a *arguments) (uintptr, Errno) {
	if !a.null(1) {
		if _, _, e := s.resolve(a); e != 0 {
			return 0, e
		}
	}
	return 0, EROFS
}

// readlinkat: directory fd, path. Nothing is a symbolic link.
func (s *system) readlinkat(a *arguments) (uintptr, Errno) {
	_, _, e := s.resolve(a)
	if e == 0 {
		e = EINVAL
	}
	return 0, e
}

// getcwd: buffer, length. The result counts the NUL.
func (s *system) getcwd(a *arguments) (uintptr, Errno) {
	n := node(s.directory.Load())
	result := []byte(n.path() + "\x00")
	if uintptr(len(result)) > a.word[1] {
		return 0, ERANGE
	}
	return uintptr(len(result)), a.store(0, result)
}

// chdir: path, after the working directory.
func (s *system) chdir(a *arguments) (uintptr, Errno) {
	n, _, e := s.resolve(a)
	if e == 0 && !n.directory() {
		e = ENOTDIR
	}
	if e == 0 {
		s.directory.Store(uint32(n))
	}
	return 0, e
}

// fchdir: fd.
func (s *system) fchdir(a *arguments) (uintptr, Errno) {
	n, e := a.file.directory()
	if e == 0 {
		s.directory.Store(uint32(n))
	}
	return 0, e
}
