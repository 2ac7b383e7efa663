// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Calls that give and take names: mkdir, link, symlink, unlink, rename and
// their kin. Which error comes first is as in Linux.

package posix

// Flags of renameat2, Linux's values.
const (
	renameKeep     = 1 // RENAME_NOREPLACE
	renameExchange = 2
)

// mkdirat: directory fd, path, mode.
func (s *system) mkdirat(a *arguments) (uintptr, Errno) {
	const bits = modeBits &^ (modeSetUser | modeSetGroup)
	t := s.files()
	t.mu.Lock()
	defer t.mu.Unlock()
	p, e := s.vacant(a, 0, 1, true)
	if e == 0 {
		_, e = t.make(p.dir, p.name, modeDirectory, a.uint32(2)&bits&^s.umask.Load())
	}
	return 0, e
}

// mknodat: directory fd, path, mode. Regular files, pipes and the names of
// sockets can be made; devices are given.
func (s *system) mknodat(a *arguments) (uintptr, Errno) {
	mode := a.uint32(2)
	format := mode & modeType
	switch format {
	case 0:
		format = modeRegular
	case modeRegular, modeSocket, modePipe:
	case modeDevice, modeBlock, modeDirectory:
		return 0, EPERM
	default:
		return 0, EINVAL
	}
	t := s.files()
	t.mu.Lock()
	defer t.mu.Unlock()
	p, e := s.vacant(a, 0, 1, false)
	if e == 0 {
		_, e = t.make(p.dir, p.name, format, mode&modeBits&^s.umask.Load())
	}
	return 0, e
}

// vacant is place for a name that is to be made.
func (s *system) vacant(a *arguments, fd, i int, directory bool) (place, Errno) {
	at, path, e := s.path(a, fd, i)
	if e != 0 {
		return place{}, e
	}
	return s.tree.vacant(s, at, path, directory)
}

// vacant returns the place of a name that is still free. Only that of a
// directory may end in a slash.
func (t *tree) vacant(s *system, at *inode, path string, directory bool) (place, Errno) {
	p, e := t.entry(s, at, path)
	switch {
	case e != 0:
		return p, e
	case !p.named():
		return p, EEXIST
	}
	e = t.fill(s, &p)
	switch {
	case e != 0:
		return p, e
	case p.node != nil:
		return p, EEXIST
	case p.slash && !directory, p.dir == t.open:
		return p, ENOENT
	}
	return p, 0
}

// symlink: target, path.
func (s *system) symlink(a *arguments) (uintptr, Errno) {
	a.insert(1)
	return s.symlinkat(a)
}

// symlinkat: target, directory fd, path.
func (s *system) symlinkat(a *arguments) (uintptr, Errno) {
	target, e := a.text(0)
	if e == 0 && target == "" {
		e = ENOENT
	}
	if e != 0 {
		return 0, e
	}
	t := s.files()
	t.mu.Lock()
	defer t.mu.Unlock()
	p, e := s.vacant(a, 1, 2, false)
	if e == 0 {
		_, e = t.makeLink(p.dir, p.name, target)
	}
	return 0, e
}

// link: old, new.
func (s *system) link(a *arguments) (uintptr, Errno) {
	a.insert(0)
	a.insert(2)
	return s.linkat(a)
}

// linkat: directory fd, old, directory fd, new, flags.
func (s *system) linkat(a *arguments) (uintptr, Errno) {
	flags := a.only(callLinkat, 4)
	if flags&^(atFollow|atEmptyPath) != 0 {
		return 0, EINVAL
	}
	if flags&atFollow == 0 {
		flags |= atNoFollow
	}
	n, e := s.lookupEmpty(a, 0, 1, flags)
	if e != 0 {
		return 0, e
	}
	t := s.files()
	t.mu.Lock()
	defer t.mu.Unlock()
	p, e := s.vacant(a, 2, 3, false)
	if e == 0 {
		e = t.hard(p, n)
	}
	return 0, e
}

// hard gives n one more name.
func (t *tree) hard(p place, n *inode) Errno {
	switch {
	case n.directory():
		return EPERM
	case n.text != noText || n.device != noDevice:
		return EXDEV // they are as if mounted
	}
	n.mu.Lock()
	nameless := n.links == 0 && !n.linkable
	n.mu.Unlock()
	if nameless {
		return ENOENT
	}
	return t.link(p.dir, p.name, n)
}

// unlinkat: directory fd, path, flags; unlink and rmdir: and no flags.
func (s *system) unlinkat(a *arguments) (uintptr, Errno) {
	flags := a.only(callUnlinkat, 2)
	if flags&^atRemove != 0 {
		return 0, EINVAL
	}
	at, path, e := s.path(a, 0, 1)
	if e != 0 {
		return 0, e
	}
	t := &s.tree
	t.mu.Lock()
	defer t.mu.Unlock()
	p, e := t.entry(s, at, path)
	if e != 0 {
		return 0, e
	}
	if a.nr == callRmdir || flags != 0 {
		e = t.removable(s, &p)
	} else {
		e = t.deletable(s, &p)
	}
	if e == 0 {
		t.unlink(p.dir, p.name, p.node)
	}
	return 0, e
}

// deletable looks up what unlink is to take.
func (t *tree) deletable(s *system, p *place) Errno {
	if !p.named() {
		return EISDIR
	}
	e := t.fill(s, p)
	switch {
	case e != 0:
		return e
	case p.node == nil:
		return ENOENT
	case p.node.directory():
		return EISDIR
	case p.slash:
		return ENOTDIR
	case p.dir == t.open:
		return EPERM
	}
	return 0
}

// removable looks up what rmdir is to take.
func (t *tree) removable(s *system, p *place) Errno {
	switch p.name {
	case "":
		return EBUSY
	case ".":
		return EINVAL
	case "..":
		return ENOTEMPTY
	}
	e := t.fill(s, p)
	switch {
	case e != 0:
		return e
	case p.node == nil:
		return ENOENT
	case !p.node.directory():
		return ENOTDIR
	case p.node == t.open:
		return EPERM
	case len(p.node.names.index) != 0:
		return ENOTEMPTY
	}
	return 0
}

// rename: old, new.
func (s *system) rename(a *arguments) (uintptr, Errno) {
	a.insert(0)
	a.insert(2)
	return s.renameat(a)
}

// renameat: directory fd, old, directory fd, new; renameat2: and flags.
func (s *system) renameat(a *arguments) (uintptr, Errno) {
	flags := a.only(callRenameat2, 4)
	if flags&^(renameKeep|renameExchange) != 0 || flags == renameKeep|renameExchange {
		return 0, EINVAL
	}
	t := s.files()
	t.mu.Lock()
	defer t.mu.Unlock()
	from, e := s.place(a, 0, 1)
	if e != 0 {
		return 0, e
	}
	to, e := s.place(a, 2, 3)
	if e == 0 {
		e = t.renamable(s, &from, &to, flags)
	}
	if e != 0 || from.node == to.node {
		return 0, e
	}
	if flags == renameExchange {
		t.swap(from, to)
		return 0, 0
	}
	return 0, t.move(from.dir, from.name, to, from.node)
}

// place returns where the path in argument i ends, from the directory in
// argument fd on. The tree's lock is held.
func (s *system) place(a *arguments, fd, i int) (place, Errno) {
	at, path, e := s.path(a, fd, i)
	if e != 0 {
		return place{}, e
	}
	return s.tree.entry(s, at, path)
}

// renamable looks both names up and says whether the first can become the
// second.
func (t *tree) renamable(s *system, from, to *place, flags uint32) Errno {
	switch {
	case !from.named():
		return EBUSY
	case !to.named() && flags == renameKeep:
		return EEXIST
	case !to.named():
		return EBUSY
	}
	if e := t.fill(s, from); e != 0 {
		return e
	}
	if from.node == nil {
		return ENOENT
	}
	if e := t.fill(s, to); e != 0 {
		return e
	}
	switch {
	case flags == renameKeep && to.node != nil:
		return EEXIST
	case flags == renameExchange && to.node == nil:
		return ENOENT
	case flags == renameExchange && !to.node.directory() && to.slash:
		return ENOTDIR
	case !from.node.directory() && (from.slash || flags != renameExchange && to.slash):
		return ENOTDIR
	case from.dir == t.open, to.dir == t.open, from.node == t.open, to.node == t.open:
		return EPERM
	}
	return replaceable(from, to, flags)
}

// replaceable says whether what is there under the new name can give way.
func replaceable(from, to *place, flags uint32) Errno {
	if from.node.directory() && to.dir.below(from.node) {
		return EINVAL
	}
	if to.node == nil || to.node == from.node {
		return 0
	}
	if to.node.directory() && from.dir.below(to.node) {
		if flags == renameExchange {
			return EINVAL
		}
		return ENOTEMPTY
	}
	switch {
	case flags == renameExchange:
		return 0
	case from.node.directory() && !to.node.directory():
		return ENOTDIR
	case !from.node.directory() && to.node.directory():
		return EISDIR
	case to.node.directory() && len(to.node.names.index) != 0:
		return ENOTEMPTY
	}
	return 0
}
