// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Names of unix sockets. Of a path the tree holds the name, and the number of its
// inode is what the socket is found by. So it can be moved, linked and removed
// like any other, and outlives its socket.

package posix

// Bind gives the socket a name: a path, an abstract one, or any.
func (u *unixSocket) Bind(a Address) Errno {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	if u.name != "" {
		if a.name == "" {
			return 0
		}
		return EINVAL
	}
	if a.name == "" {
		a.name = u.d.anyName(u.kind)
	}
	key, e := abstract(a.name, u.kind), Errno(0)
	if key == "" {
		key, e = u.s.makeSocket(a.name)
	}
	if e == 0 && u.d.names[key] != nil {
		e = EADDRINUSE
	}
	if e != 0 {
		return e
	}
	if u.d.names == nil {
		u.d.names = map[string]*unixSocket{}
	}
	u.name, u.key = a.name, key
	u.d.names[key] = u
	return 0
}

// abstract is the key of a name that is no path, "" that of a path. Sockets of
// different kinds may have the same name.
func abstract(name string, kind int) string {
	if name[0] != 0 {
		return ""
	}
	return name + string(rune(kind))
}

// anyName returns an abstract name of five digits that is free.
func (d *unixDomain) anyName(kind int) string {
	for {
		d.last++
		name := []byte{0, 0, 0, 0, 0, 0}
		for i, v := len(name)-1, d.last; i > 0; i, v = i-1, v>>4 {
			name[i] = "0123456789abcdef"[v&0xf]
		}
		if d.names[abstract(string(name), kind)] == nil {
			return string(name)
		}
	}
}

// find returns the socket of a name, which must be of u's kind.
func (u *unixSocket) find(name string) (*unixSocket, Errno) {
	if name == "" {
		return nil, EINVAL
	}
	key, e := abstract(name, u.kind), Errno(0)
	if key == "" {
		key, e = u.s.findSocket(name)
	}
	to := u.d.names[key]
	switch {
	case e != 0:
		return nil, e
	case to == nil:
		return nil, ECONNREFUSED
	case to.kind != u.kind:
		return nil, EPROTOTYPE
	}
	return to, 0
}

// makeSocket makes a socket's name and returns the key that belongs to it.
func (s *system) makeSocket(path string) (key string, e Errno) {
	t := s.files()
	t.mu.Lock()
	defer t.mu.Unlock()
	p, e := t.vacant(s, t.current.Load(), path, false)
	if e == EEXIST {
		e = EADDRINUSE
	}
	if e != 0 {
		return "", e
	}
	n, e := t.make(p.dir, p.name, modeSocket, 0o777&^s.umask.Load())
	if e != 0 {
		return "", e
	}
	return socketKey(n), 0
}

// findSocket returns the key of the socket that a path names.
func (s *system) findSocket(path string) (key string, e Errno) {
	t := s.files()
	t.mu.Lock()
	defer t.mu.Unlock()
	n, e := t.find(s, t.current.Load(), path, true)
	switch {
	case e != 0:
		return "", e
	case n.format != modeSocket:
		return "", ECONNREFUSED
	}
	return socketKey(n), 0
}

// socketKey is the key of a name in the tree. It is no abstract name: those
// begin with a byte of 0.
func socketKey(n *inode) string { return decimal(int(n.number)) }
