// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What is behind a descriptor that was opened by name: a regular file, a
// directory, a text, or only the name (O_PATH). The devices are in devices.go.

package posix

// opened is an object of the tree, and all there is of one that was opened
// with O_PATH. Calls that read or write do not come here: the file permits none.
type opened struct {
	t    *tree
	node *inode
}

func (o *opened) read(*file, []byte, int64) (int, Errno)  { return 0, EBADF }
func (o *opened) write(*file, []byte, int64) (int, Errno) { return 0, EBADF }
func (o *opened) seek(*file, int64, int) (int64, Errno)   { return 0, EBADF }
func (o *opened) capacity(int64) (uintptr, Errno)         { return 0, EBADF }
func (o *opened) status() status                          { return o.node.status() }
func (o *opened) inode() *inode                           { return o.node }

func (o *opened) close(f *file) {
	o.node.unlock(f)
	o.node.unlockRanges(f)
	o.node.letGo(o.t)
}

// inode returns what f was opened on, nil if that is not in the tree.
func (f *file) inode() *inode {
	if o, ok := f.object.(interface{ inode() *inode }); ok {
		return o.inode()
	}
	return nil
}

// peek returns the file behind fd, nil if there is none, without a reference:
// for who holds the tree's lock and must not be the one that closes it.
func (d *descriptors) peek(fd int) *file {
	d.mu.Lock()
	defer d.mu.Unlock()
	if entry := d.at(fd); entry != nil {
		return entry.file
	}
	return nil
}

// openNode returns a file of n, which is held, without a descriptor.
func (s *system) openNode(n *inode, flags uint32) *file {
	if n.device.console() && flags&oPath == 0 {
		n.letGo(&s.tree)
		return s.console.open(flags)
	}
	f := &file{k: s.k}
	f.flags.Store(flags)
	o := opened{&s.tree, n}
	switch {
	case flags&oPath != 0:
		f.object = &opened{&s.tree, n}
	case n.regular() && n.text != noText:
		f.object = &snapshot{o, s.text(n.text)}
	case n.regular():
		f.object = &regular{o}
	case n.directory():
		f.object = &listing{o, s.namesOf(n), 0}
	case n.device >= deviceOutlet:
		f.object = &outlet{special{o}, s.console}
	default:
		f.object = &special{o}
	}
	return f
}

// regular is an opened regular file.
type regular struct{ opened }

// read takes the inode's lock and then the file's, so that what moves the
// position and what it is moved by are one step.
func (o *regular) read(f *file, b []byte, off int64) (int, Errno) {
	o.node.mu.Lock()
	defer o.node.mu.Unlock()
	if off != current {
		return o.node.content.read(b, off), 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	n := o.node.content.read(b, f.at)
	f.at += int64(n)
	return n, 0
}

// write appends when the file says so, even at a given offset, as Linux does.
func (o *regular) write(f *file, b []byte, off int64) (int, Errno) {
	if len(b) == 0 {
		return 0, 0
	}
	now := o.t.now()
	o.node.mu.Lock()
	defer o.node.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	at := off
	if at == current {
		at = f.at
	}
	if f.flags.Load()&oAppend != 0 {
		at = o.node.content.size
	}
	n, e := o.node.content.write(b, at, &o.t.room)
	if n > 0 {
		o.node.touch(now)
	}
	if off == current && e == 0 {
		f.at = at + int64(n)
	}
	return n, e
}

// seek moves the position.
func (o *regular) seek(f *file, off int64, whence int) (int64, Errno) {
	o.node.mu.Lock()
	defer o.node.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	e := Errno(0)
	switch whence {
	case seekCurrent:
		off += f.at
	case seekEnd:
		off += o.node.content.size
	case seekData:
		off, e = o.node.content.data(off)
	case seekHole:
		off, e = o.node.content.hole(off)
	}
	if e == 0 && off < 0 {
		e = EINVAL
	}
	if e == 0 {
		f.at = off
	}
	return off, e
}

// snapshot is an opened text: what it said when it was opened.
type snapshot struct {
	opened
	text string
}

func (o *snapshot) read(f *file, b []byte, off int64) (int, Errno) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := off
	if at == current {
		at = f.at
	}
	n := copy(b, o.text[min(at, int64(len(o.text))):])
	if off == current {
		f.at += int64(n)
	}
	return n, 0
}

// seek knows no end: Linux gives these files no size.
func (o *snapshot) seek(f *file, off int64, whence int) (int64, Errno) {
	return f.seekPlain(off, whence)
}

// seekPlain moves the position of a file that has no size.
func (f *file) seekPlain(off int64, whence int) (int64, Errno) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if whence == seekCurrent {
		off += f.at
	}
	if off < 0 || whence > seekCurrent {
		return 0, EINVAL
	}
	f.at = off
	return off, 0
}

// listing is an opened directory.
type listing struct {
	opened
	names *names
	end   int64 // names with a cookie from here on came after the reading began
}

func (o *listing) read(*file, []byte, int64) (int, Errno) { return 0, EISDIR }

// seek moves among a directory's names; a position is the cookie of the next.
func (o *listing) seek(f *file, off int64, whence int) (int64, Errno) {
	return f.seekPlain(off, whence)
}

// entries fills b with struct linux_dirent64 from the file's position on, and
// returns how many bytes that took. EINVAL: not even one fits. The tree's lock
// is held. A reader that makes a name for each one it reads comes to an end,
// because it is shown none that is younger than its reading.
func (o *listing) entries(f *file, b []byte) (uintptr, Errno) {
	d := o.names
	if d.dead {
		return 0, ENOENT
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.at == 0 {
		o.end = d.next
	}
	done := 0
	for {
		name, child, at := d.after(o.node, f.at)
		size := direntSize(name)
		switch {
		case child == nil, at >= o.end, done > 0 && done+size > len(b):
			return uintptr(done), 0
		case size > len(b):
			return 0, EINVAL
		}
		f.at = at + 1
		putDirent(b[done:done+size], name, child, f.at)
		done += size
	}
}

// direntName is where the name begins in a struct linux_dirent64.
const direntName = 19

// direntSize is the length of name's entry: header, name, NUL, to 8 bytes.
func direntSize(name string) int { return (direntName + len(name) + 1 + 7) &^ 7 }

// putDirent lays out one entry; next is the position after it.
func putDirent(b []byte, name string, n *inode, next int64) {
	clear(b)
	put64(b[0:], n.number)
	put64(b[8:], uint64(next))
	b[16], b[17] = byte(len(b)), byte(len(b)>>8) // d_reclen
	b[18] = byte(n.format >> 12)
	copy(b[direntName:], name)
}
