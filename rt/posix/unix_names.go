// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Unix sockets that have a path: the tree holds the name, and the number of its
// inode is what the socket is found by. So a name can be moved, linked and
// removed like any other, and outlives its socket.

package posix

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
