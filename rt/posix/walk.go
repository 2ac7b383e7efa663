// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// From a path to what it names, step by step as Linux goes (path_resolution(7)).
// The tree's lock is held.

package posix

// maxLinks is how many symbolic links one path may lead through (Linux's
// MAXSYMLINKS).
const maxLinks = 40

// place is where a path ends: the last component, in its directory.
type place struct {
	dir   *inode
	name  string // "", "." or ".." is a directory that is there in any case
	slash bool   // the path ends in a slash: only a directory will do
	node  *inode // nil: nothing has that name
}

// named reports whether the last component is a name, and can be given away.
func (p *place) named() bool { return p.name != "" && p.name != "." && p.name != ".." }

// walk is one path being followed.
type walk struct {
	s     *system
	t     *tree
	links int
}

// look is how the last component is looked up.
type look uint8

const (
	lookFollow look = 1 << iota // through a symbolic link
	lookCreate                  // to make a file if there is none
)

// find returns what path names, from the directory at on. With follow it goes
// through a symbolic link at the end.
func (t *tree) find(s *system, at *inode, path string, follow bool) (*inode, Errno) {
	how := look(0)
	if follow {
		how = lookFollow
	}
	p, e := t.locate(s, at, path, how)
	if e == 0 && p.node == nil {
		e = ENOENT
	}
	return p.node, e
}

// locate is find for names that need not be there.
func (t *tree) locate(s *system, at *inode, path string, how look) (place, Errno) {
	w := walk{s: s, t: t}
	for {
		p, e := w.parent(at, path)
		if e == 0 && how&lookCreate != 0 && p.slash && p.named() {
			e = EISDIR
		}
		if e == 0 {
			p.node, e = w.lookup(p.dir, p.name)
		}
		switch {
		case e != 0 || p.node == nil:
			return p, e
		case !p.node.link() || how&lookFollow == 0 && !p.slash, p.dir == t.open: // the last leads to a file, not to a name
			return p, p.suits()
		}
		if e = w.through(); e != 0 {
			return p, e
		}
		at, path = p.dir, p.node.target
		if p.slash {
			path += "/"
		}
	}
}

// suits says ENOTDIR to what is none, and after which the path has a slash.
func (p *place) suits() Errno {
	if p.slash && !p.node.directory() {
		return ENOTDIR
	}
	return 0
}

// entry is what calls go by that change a name: it does not follow a link at
// the end, nor mind what a closing slash says.
func (t *tree) entry(s *system, at *inode, path string) (place, Errno) {
	w := walk{s: s, t: t}
	return w.parent(at, path)
}

// fill looks up what p names. It may find nothing.
func (t *tree) fill(s *system, p *place) (e Errno) {
	w := walk{s: s, t: t}
	p.node, e = w.lookup(p.dir, p.name)
	return e
}

// through counts a symbolic link.
func (w *walk) through() Errno {
	if w.links++; w.links > maxLinks {
		return ELOOP
	}
	return 0
}

// parent goes up to the last component of path, which it does not look at.
func (w *walk) parent(at *inode, path string) (place, Errno) {
	at, path = w.begin(at, path)
	for {
		if !at.directory() {
			return place{}, ENOTDIR
		}
		name, rest, slash := cutPath(path)
		if rest == "" {
			return place{dir: at, name: name, slash: slash}, 0
		}
		next, e := w.lookup(at, name)
		switch {
		case e != 0:
			return place{}, e
		case next == nil:
			return place{}, ENOENT
		case next.link():
			if e = w.through(); e != 0 {
				return place{}, e
			}
			at, path = w.begin(at, next.target+"/"+rest)
		default:
			at, path = next, rest
		}
	}
}

// begin returns where a path starts, and the path without slashes before it.
func (w *walk) begin(at *inode, path string) (*inode, string) {
	if path[0] == '/' {
		at = w.t.root
	}
	return at, trimSlashes(path)
}

// lookup returns what name stands for in dir, nil if nothing has that name.
func (w *walk) lookup(dir *inode, name string) (*inode, Errno) {
	switch {
	case name == "" || name == ".":
		return dir, 0
	case name == "..":
		return dir.names.parent, 0
	case dir.names.dead:
		return nil, ENOENT
	case len(name) > nameMax:
		return nil, ENAMETOOLONG
	case dir == w.t.open:
		return w.s.descriptor(name), 0
	}
	return dir.names.get(name), 0
}

// descriptor returns the inode behind the descriptor that name is the number
// of, nil if there is none: a pipe is not in the tree.
func (s *system) descriptor(name string) *inode {
	fd := 0
	for i := range len(name) {
		digit := name[i] - '0'
		if digit > 9 || i > 5 {
			return nil
		}
		fd = fd*10 + int(digit)
	}
	f := s.fds.peek(fd)
	switch {
	case f == nil:
		return nil
	case f.object == s.console:
		return s.tree.console
	}
	return f.inode()
}

// cutPath splits off the first component of a path that does not begin with a
// slash, and the slashes behind it.
func cutPath(path string) (name, rest string, slash bool) {
	for i := range len(path) {
		if path[i] == '/' {
			return path[:i], trimSlashes(path[i:]), true
		}
	}
	return path, "", false
}

// trimSlashes takes the slashes before path away.
func trimSlashes(path string) string {
	for path != "" && path[0] == '/' {
		path = path[1:]
	}
	return path
}
