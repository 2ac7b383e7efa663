// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Calls that change what a file says about itself, and its length.

package posix

// Numbers of nanoseconds with a meaning of their own, Linux's values.
const (
	timeNow  = 1<<30 - 1 // UTIME_NOW
	timeKeep = 1<<30 - 2 // UTIME_OMIT
)

// Modes of fallocate, Linux's values.
const (
	allocateKeepSize = 1
	allocatePunch    = 2
)

// fchmodat: directory fd, path, mode; fchmodat2: and flags.
func (s *system) fchmodat(a *arguments) (uintptr, Errno) {
	flags := a.only(callFchmodat2, 3)
	if flags&^(atNoFollow|atEmptyPath) != 0 {
		return 0, EINVAL
	}
	n, e := s.lookupEmpty(a, 0, 1, flags)
	if e != 0 {
		return 0, e
	}
	if n.link() {
		return 0, EOPNOTSUPP
	}
	n.setMode(a.uint32(2), s.tree.now())
	return 0, 0
}

// fchmod: fd, mode.
func (s *system) fchmod(a *arguments) (uintptr, Errno) {
	n, e := a.file.changeable()
	if e == 0 {
		n.setMode(a.uint32(1), s.tree.now())
	}
	return 0, e
}

// changeable returns the inode that calls on f may change.
func (f *file) changeable() (*inode, Errno) {
	if f.flags.Load()&oPath != 0 {
		return nil, EBADF
	}
	if n := f.inode(); n != nil {
		return n, 0
	}
	return nil, EPERM // a pipe's or the console's end
}

func (n *inode) setMode(mode uint32, now moment) {
	n.mu.Lock()
	n.bits = mode & modeBits
	n.changed = now
	n.mu.Unlock()
}

// fchownat: directory fd, path, user, group, flags; chown, lchown: and no
// flags.
func (s *system) fchownat(a *arguments) (uintptr, Errno) {
	flags := a.only(callFchownat, 4)
	if a.nr == callLchown {
		flags = atNoFollow
	}
	if flags&^(atNoFollow|atEmptyPath) != 0 {
		return 0, EINVAL
	}
	n, e := s.lookupEmpty(a, 0, 1, flags)
	if e == 0 {
		n.setOwner(a.uint32(2), a.uint32(3), s.tree.now())
	}
	return 0, e
}

// fchown: fd, user, group.
func (s *system) fchown(a *arguments) (uintptr, Errno) {
	n, e := a.file.changeable()
	if e == 0 {
		n.setOwner(a.uint32(1), a.uint32(2), s.tree.now())
	}
	return 0, e
}

// setOwner takes away what a program would run as when its owner changes. A
// number of all ones is no change.
func (n *inode) setOwner(uid, gid uint32, now moment) {
	const same = 1<<32 - 1
	n.mu.Lock()
	defer n.mu.Unlock()
	if uid != same {
		n.uid = uid
	}
	if gid != same {
		n.gid = gid
	}
	if !n.directory() && !n.link() {
		n.bits &^= modeSetUser
		if n.bits&modeGroupRun != 0 {
			n.bits &^= modeSetGroup
		}
	}
	n.changed = now
}

// utimensat: directory fd, path or null for the descriptor itself, two
// timespecs or null for now, flags.
func (s *system) utimensat(a *arguments) (uintptr, Errno) {
	times, e := a.moments(2, 1)
	if e != 0 || times[0].nsec == timeKeep && times[1].nsec == timeKeep {
		return 0, e
	}
	flags := a.uint32(3)
	if flags&^(atNoFollow|atEmptyPath) != 0 {
		return 0, EINVAL
	}
	if a.null(1) && a.int(0) != atCWD {
		return 0, s.timesOf(a.int(0), times)
	}
	n, e := s.lookupEmpty(a, 0, 1, flags)
	if e == 0 {
		e = n.setTimes(times, s.tree.now())
	}
	return 0, e
}

// futimesat: directory fd, path, two timevals or null; utimes without a fd.
func (s *system) futimesat(a *arguments) (uintptr, Errno) {
	times, e := a.moments(2, 1000)
	if e != 0 {
		return 0, e
	}
	n, e := s.lookup(a, 0, 1, true)
	if e == 0 {
		e = n.setTimes(times, s.tree.now())
	}
	return 0, e
}

// moments returns the two times that argument i points at, whose smaller unit is
// so many nanoseconds.
func (a *arguments) moments(i int, unit int64) (times [2]moment, e Errno) {
	if a.null(i) {
		return [2]moment{{nsec: timeNow}, {nsec: timeNow}}, 0
	}
	b, e := a.memory(i, 32)
	if e != 0 {
		return times, e
	}
	for j := range times {
		part := int64(get64(b[16*j+8:]))
		if unit != 1 && uint64(part) >= uint64(second/unit) { // with 1, setTimes looks at it
			return times, EINVAL
		}
		times[j] = moment{int64(get64(b[16*j:])), part * unit}
	}
	return times, 0
}

// timesOf sets the times of what descriptor fd stands for.
func (s *system) timesOf(fd int, times [2]moment) Errno {
	f, e := s.fds.get(fd)
	if e != 0 {
		return e
	}
	defer f.release()
	n, e := f.changeable()
	if e == 0 {
		e = n.setTimes(times, s.tree.now())
	}
	return e
}

// setTimes sets the times of last access and of last modification.
func (n *inode) setTimes(times [2]moment, now moment) Errno {
	for _, m := range times {
		if uint64(m.nsec) >= second && m.nsec != timeNow && m.nsec != timeKeep {
			return EINVAL
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, to := range [...]*moment{&n.accessed, &n.modified} {
		switch times[i].nsec {
		case timeNow:
			*to = now
		case timeKeep:
		default:
			*to = times[i]
		}
	}
	n.changed = now
	return 0
}

// truncate: directory fd, path, length.
func (s *system) truncate(a *arguments) (uintptr, Errno) {
	size := a.int64(2)
	if size < 0 {
		return 0, EINVAL
	}
	n, e := s.lookup(a, 0, 1, true)
	switch {
	case e != 0:
		return 0, e
	case n.directory():
		return 0, EISDIR
	case !n.regular():
		return 0, EINVAL
	case n.text != noText:
		return 0, EACCES
	}
	if n.status().size != size { // else Linux leaves the times alone, here only
		n.cut(&s.tree, size)
	}
	return 0, 0
}

// ftruncate: descriptor, length, which Linux looks at first.
func (s *system) ftruncate(a *arguments) (uintptr, Errno) {
	size := a.int64(1)
	if size < 0 {
		return 0, EINVAL
	}
	if e := s.open0(a); e != 0 {
		return 0, e
	}
	o, ok := a.file.object.(*regular)
	switch {
	case a.file.flags.Load()&oPath != 0:
		return 0, EBADF
	case !ok || !a.file.permits(false):
		return 0, EINVAL
	}
	o.node.cut(o.t, size)
	return 0, 0
}

// cut sets the length of a regular file.
func (n *inode) cut(t *tree, size int64) {
	if !n.regular() {
		return
	}
	now := t.now()
	n.mu.Lock()
	n.content.truncate(size, &t.room)
	n.touch(now)
	n.mu.Unlock()
}

// fallocate: fd, mode, offset, length.
func (s *system) fallocate(a *arguments) (uintptr, Errno) {
	mode, off, length := a.uint32(1), a.int64(2), a.int64(3)
	o, ok := a.file.object.(*regular)
	switch {
	case a.file.flags.Load()&oPath != 0:
		return 0, EBADF
	case off < 0 || length <= 0:
		return 0, EINVAL
	case mode&^(allocateKeepSize|allocatePunch) != 0 || mode == allocatePunch:
		return 0, EOPNOTSUPP
	case !a.file.permits(false):
		return 0, EBADF
	case !ok:
		return 0, a.file.notAllocatable()
	case length > sizeMax-off:
		return 0, EFBIG
	}
	return 0, o.node.allocate(o.t, mode, off, off+length)
}

// notAllocatable says what Linux does to descriptors of other kinds.
func (f *file) notAllocatable() Errno {
	switch f.object.status().mode & modeType {
	case modePipe:
		return ESPIPE
	case modeDirectory:
		return EISDIR
	}
	return ENODEV
}

// allocate gives a file room from off up to, but without, end, or takes it.
func (n *inode) allocate(t *tree, mode uint32, off, end int64) (e Errno) {
	now := t.now()
	n.mu.Lock()
	defer n.mu.Unlock()
	if mode&allocatePunch != 0 {
		e = n.content.punch(off, end, &t.room)
	} else if e = n.content.reserve(off, end, &t.room); e == 0 && mode&allocateKeepSize == 0 {
		n.content.size = max(n.content.size, end)
	}
	if e == 0 {
		n.touch(now)
	}
	return e
}
