// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Calls that find something by its path: open and its kin, and the working
// directory. The forms without a directory's descriptor come here with the working
// directory in argument 0.

package posix

const (
	// atCWD as a directory descriptor means the working directory (AT_FDCWD).
	atCWD = -100

	atNoFollow    = 0x100
	atRemove      = 0x200 // unlinkat: AT_REMOVEDIR
	atEffective   = 0x200 // faccessat2: AT_EACCESS
	atFollow      = 0x400
	atNoAutomount = 0x800
	atEmptyPath   = 0x1000
	atStatxSync   = 0x6000
)

// path returns the path that argument i points at and the directory that it
// starts from: that of the descriptor in argument fd.
func (s *system) path(a *arguments, fd, i int) (*inode, string, Errno) {
	path, e := a.text(i)
	if e == 0 && path == "" {
		e = ENOENT
	}
	if e != 0 {
		return nil, "", e
	}
	if path[0] == '/' {
		return s.files().root, path, 0
	}
	n, e := s.base(a.int(fd))
	return n, path, e
}

// base returns what descriptor fd stands for as the start of a path.
func (s *system) base(fd int) (*inode, Errno) {
	t := s.files()
	if fd == atCWD {
		return t.current.Load(), 0
	}
	f := s.fds.peek(fd)
	if f == nil {
		return nil, EBADF
	}
	if n := f.inode(); n != nil {
		return n, 0
	}
	return nil, ENOTDIR
}

// lookup returns the inode that the path in argument i names, from the directory
// in argument fd on.
func (s *system) lookup(a *arguments, fd, i int, follow bool) (*inode, Errno) {
	at, path, e := s.path(a, fd, i)
	if e != 0 {
		return nil, e
	}
	s.tree.mu.Lock()
	defer s.tree.mu.Unlock()
	return s.tree.find(s, at, path, follow)
}

// lookupEmpty is lookup for calls that take flags and, with atEmptyPath among them
// and no path, mean the descriptor itself.
func (s *system) lookupEmpty(a *arguments, fd, i int, flags uint32) (*inode, Errno) {
	if flags&atEmptyPath == 0 || !a.emptyPath(i) {
		return s.lookup(a, fd, i, flags&atNoFollow == 0)
	}
	n, e := s.base(a.int(fd))
	if e == ENOTDIR {
		e = EINVAL // open, but not in the tree
	}
	return n, e
}

// emptyPath reports whether argument i is the empty path or null.
func (a *arguments) emptyPath(i int) bool {
	if a.null(i) {
		return true
	}
	b, e := a.memory(i, 1)
	return e == 0 && b[0] == 0
}

// only returns argument i of call nr, and 0 in the calls which share its
// handler but do not have that argument.
func (a *arguments) only(nr uintptr, i int) uint32 {
	if a.nr != nr {
		return 0
	}
	return a.uint32(i)
}

// openat: directory fd, path, flags, mode.
func (s *system) openat(a *arguments) (uintptr, Errno) {
	return s.openFlags(a, a.uint32(2), a.uint32(3))
}

// creat: directory fd, path, mode.
func (s *system) creat(a *arguments) (uintptr, Errno) {
	return s.openFlags(a, oCreate|oWriteOnly|oTruncate, a.uint32(2))
}

// openFlags opens the path in argument 1.
func (s *system) openFlags(a *arguments, flags, mode uint32) (uintptr, Errno) {
	if flags&oPath != 0 {
		flags &= oPath | oDirectory | oNoFollow | oCloexec
	}
	if !sensible(flags) {
		return 0, EINVAL
	}
	at, path, e := s.path(a, 0, 1)
	if e == 0 {
		e = s.fds.vacancy()
	}
	if e != 0 {
		return 0, e
	}
	f, e := s.openPath(at, path, flags, mode)
	if e != 0 {
		return 0, e
	}
	fd, e := s.fds.add(f, 0, flags&oCloexec != 0)
	if e != 0 {
		f.object.close(f)
	}
	return uintptr(fd), e
}

// sensible reports whether flags go together.
func sensible(flags uint32) bool {
	switch {
	case flags&(oCreate|oDirectory) == oCreate|oDirectory:
		return false
	case flags&oTemporary != 0:
		return flags&oDirectory != 0 && flags&oAccess != oReadOnly
	}
	return true
}

// openPath returns a file of what path names, made if the flags say so.
func (s *system) openPath(at *inode, path string, flags, mode uint32) (*file, Errno) {
	n, e := s.openInode(at, path, flags, mode)
	switch {
	case e != 0:
		return nil, e
	case n.format == modePipe && flags&oPath == 0:
		return s.openFIFO(n, statusFlags(flags)) // may wait
	}
	return s.openNode(n, statusFlags(flags)), 0
}

// openInode returns the inode that path names, held.
func (s *system) openInode(at *inode, path string, flags, mode uint32) (*inode, Errno) {
	t := &s.tree
	t.mu.Lock()
	defer t.mu.Unlock()
	p, e := t.locate(s, at, path, openLook(flags))
	if e != 0 {
		return nil, e
	}
	mode &= modeBits &^ s.umask.Load()
	n := p.node
	if n == nil && flags&oCreate == 0 {
		return nil, ENOENT
	}
	if n == nil {
		n, e = t.make(p.dir, p.name, modeRegular, mode)
	} else if e = n.openable(flags); e == 0 && flags&oTemporary != 0 {
		n, e = t.temporary(n, mode, flags)
	} else if e == 0 && flags&oTruncate != 0 {
		n.cut(t, 0)
	}
	if e != 0 {
		return nil, e
	}
	n.hold()
	return n, 0
}

// openLook is how the flags of open want the last component looked up.
func openLook(flags uint32) look {
	how := look(0)
	if flags&oCreate != 0 {
		how |= lookCreate
	}
	if flags&oNoFollow == 0 && flags&(oCreate|oExclusive) != oCreate|oExclusive {
		how |= lookFollow
	}
	return how
}

// openable says whether n, which was there before, can be opened so.
func (n *inode) openable(flags uint32) Errno {
	change := flags&oAccess != oReadOnly || flags&oTruncate != 0
	switch {
	case flags&(oCreate|oExclusive) == oCreate|oExclusive:
		return EEXIST
	case n.directory() && flags&oCreate != 0:
		return EISDIR
	case !n.directory() && flags&oDirectory != 0:
		return ENOTDIR
	case flags&(oPath|oTemporary) != 0:
		return 0
	case n.link():
		return ELOOP
	case n.directory() && change:
		return EISDIR
	case n.text != noText && change:
		return EACCES
	case n.format == modeSocket:
		return ENXIO
	}
	return 0
}

// temporary returns a file without a name, as if in dir (O_TMPFILE). One may be
// given to it later unless the flags forbid that.
func (t *tree) temporary(dir *inode, mode, flags uint32) (*inode, Errno) {
	n := t.create(modeRegular, mode)
	if n == nil {
		return nil, ENOSPC
	}
	n.inherit(dir)
	n.linkable = flags&oExclusive == 0
	return n, 0
}

// statusFlags is what a file keeps of the flags it was opened with.
func statusFlags(flags uint32) uint32 {
	if flags&oPath != 0 {
		return flags & (oPath | oDirectory | oNoFollow)
	}
	return flags&(oAccess|settable|oSync|oDirectory|oNoFollow|oTemporary) | oLargeFile
}

// readlinkat: directory fd, path, buffer, length.
func (s *system) readlinkat(a *arguments) (uintptr, Errno) {
	size := a.int(3)
	if size <= 0 {
		return 0, EINVAL
	}
	n, e := s.lookupEmpty(a, 0, 1, atNoFollow|atEmptyPath)
	if e != 0 {
		return 0, e
	}
	if !n.link() {
		if a.emptyPath(1) {
			return 0, ENOENT
		}
		return 0, EINVAL
	}
	result := []byte(n.target[:min(size, len(n.target))])
	return uintptr(len(result)), a.store(2, result)
}

// getcwd: buffer, length. The result counts the NUL.
func (s *system) getcwd(a *arguments) (uintptr, Errno) {
	t := s.files()
	t.mu.Lock()
	path, e := t.path(t.current.Load())
	t.mu.Unlock()
	if e != 0 {
		return 0, e
	}
	result := []byte(path + "\x00")
	if uintptr(len(result)) > a.word[1] {
		return 0, ERANGE
	}
	return uintptr(len(result)), a.store(0, result)
}

// chdir: path, after the working directory.
func (s *system) chdir(a *arguments) (uintptr, Errno) {
	n, e := s.lookup(a, 0, 1, true)
	if e == 0 {
		e = s.enter(n)
	}
	return 0, e
}

// fchdir: fd.
func (s *system) fchdir(a *arguments) (uintptr, Errno) { return 0, s.enter(a.file.inode()) }

// enter makes n the working directory.
func (s *system) enter(n *inode) Errno {
	if n == nil || !n.directory() {
		return ENOTDIR
	}
	s.files().current.Store(n)
	return 0
}
