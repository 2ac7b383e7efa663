// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Calls that make, name and connect sockets. They are linked into programs that
// import net, and only there.

package posix

import "sync"

// sockets is the state of everything about sockets.
type sockets struct {
	buffers sync.Pool // of *[chunkSize]byte
	unix    unixDomain
	once    sync.Once
	network Network // nil where there is none
}

// Flags of socket, socketpair and accept4 are those of open.
const kindFlags = oNonblock | oCloexec

// carrier makes what carries a new socket.
func (s *system) carrier(family, kind, protocol int) (Socket, Errno) {
	switch family {
	case FamilyUnix:
		return s.net.unix.socket(s, kind, protocol)
	case FamilyInet4, FamilyInet6, FamilyNetlink:
		s.net.once.Do(func() { s.net.network = network() })
		if s.net.network == nil {
			return nil, EAFNOSUPPORT
		}
		if family == FamilyNetlink {
			return newNetlink(s.net.network, kind, protocol)
		}
		return s.net.network.Socket(family, kind, protocol)
	}
	return nil, EAFNOSUPPORT
}

// socket: family, kind with flags, protocol.
func (s *system) socket(a *arguments) (uintptr, Errno) {
	flags := a.uint32(1) & kindFlags
	family, kind, protocol := a.int(0), a.int(1)&^kindFlags, a.int(2)
	if kind&^0xf != 0 || kind > 10 {
		return 0, EINVAL
	}
	c, e := s.carrier(family, kind, protocol)
	if e != 0 {
		return 0, e
	}
	return s.addSocket(s.newSocket(c, family, kind, protocol), flags)
}

// socketpair: family, kind with flags, protocol, two ints.
func (s *system) socketpair(a *arguments) (uintptr, Errno) {
	flags := a.uint32(1) & kindFlags
	family, kind, protocol := a.int(0), a.int(1)&^kindFlags, a.int(2)
	if kind&^0xf != 0 || kind > 10 {
		return 0, EINVAL
	}
	if family != FamilyUnix {
		if family == FamilyInet4 || family == FamilyInet6 {
			return 0, EOPNOTSUPP
		}
		return 0, EAFNOSUPPORT
	}
	one, two, e := s.net.unix.pair(s, kind, protocol)
	if e != 0 {
		return 0, e
	}
	first, e := s.addSocket(s.newSocket(one, family, kind, protocol), flags)
	if e != 0 {
		two.Close()
		return 0, e
	}
	second, e := s.addSocket(s.newSocket(two, family, kind, protocol), flags)
	if e == 0 {
		var result [8]byte
		put32(result[0:], uint32(first))
		put32(result[4:], uint32(second))
		if e = a.store(3, result[:]); e != 0 {
			s.fds.remove(int(second))
		}
	}
	if e != 0 {
		s.fds.remove(int(first))
	}
	return 0, e
}

// asSocket returns the socket that the call is about.
func (a *arguments) asSocket() (*socket, Errno) {
	o, ok := a.file.object.(*socket)
	if !ok {
		return nil, ENOTSOCK
	}
	return o, 0
}

// bind: fd, address, its length.
func (s *system) bind(a *arguments) (uintptr, Errno) {
	o, e := a.asSocket()
	if e != 0 {
		return 0, e
	}
	at, e := s.address(a, 1, a.int(2), o.family)
	if e == 0 && at.Family == FamilyNone {
		e = EINVAL
		if o.family == FamilyInet4 && at == (Address{Port: at.Port}) {
			at.Family, e = FamilyInet4, 0 // as old programs spell "any address"
		} else if o.family != FamilyUnix {
			e = EAFNOSUPPORT
		}
	}
	if e == 0 {
		e = o.carrier.Bind(at)
	}
	return 0, e
}

// connect: fd, address, its length.
func (s *system) connect(a *arguments) (uintptr, Errno) {
	o, e := a.asSocket()
	if e != 0 {
		return 0, e
	}
	to, e := s.address(a, 1, a.int(2), o.family)
	if e == 0 {
		e = o.connect(a.file, to)
	}
	return 0, e
}

// listen: fd, backlog.
func (s *system) listen(a *arguments) (uintptr, Errno) {
	const most = 4096 // net.core.somaxconn
	o, e := a.asSocket()
	if e == 0 {
		e = o.carrier.Listen(int(min(a.uint32(1), most)))
	}
	return 0, e
}

// accept is accept (fd, address, its length) and accept4 (and flags).
func (s *system) accept(a *arguments) (uintptr, Errno) {
	flags := uint32(0)
	if a.nr == callAccept4 {
		flags = a.uint32(3)
	}
	if flags&^kindFlags != 0 {
		return 0, EINVAL
	}
	o, e := a.asSocket()
	if e == 0 {
		e = s.fds.vacancy()
	}
	if e != 0 {
		return 0, e
	}
	var c Socket
	var from Address
	e = o.attempt(a.file, false, func() (e Errno) {
		c, from, e = o.carrier.Accept()
		return e
	})
	if e != 0 {
		return 0, e
	}
	fd, e := s.addSocket(s.newSocket(c, o.family, o.kind, o.protocol), flags)
	if e == 0 && !a.null(1) {
		if e = a.storeAddress(1, 2, from, o.family); e != 0 {
			s.fds.remove(int(fd))
			return 0, e
		}
	}
	return fd, e
}

// socketName is getsockname and getpeername: fd, address, its length.
func (s *system) socketName(a *arguments) (uintptr, Errno) {
	o, e := a.asSocket()
	if e != 0 {
		return 0, e
	}
	name := o.carrier.Local
	if a.nr == callGetpeername {
		name = o.carrier.Peer
	}
	at, e := name()
	if e == 0 {
		e = a.storeAddress(1, 2, at, o.family)
	}
	return 0, e
}

// shutdown: fd, 0 for reading, 1 for writing, 2 for both.
func (s *system) shutdown(a *arguments) (uintptr, Errno) {
	o, e := a.asSocket()
	if e != 0 {
		return 0, e
	}
	how := a.int(1)
	if how < 0 || how > 2 {
		return 0, EINVAL
	}
	return 0, o.carrier.Shutdown(how != 1, how != 0)
}

// setsockopt: fd, level, name, value, its length.
func (s *system) setsockopt(a *arguments) (uintptr, Errno) {
	const most = 4096
	o, e := a.asSocket()
	if e != 0 {
		return 0, e
	}
	n := a.int(4)
	if n < 0 || n > most {
		return 0, EINVAL
	}
	b, e := a.memory(3, uintptr(n))
	if e != 0 {
		return 0, e
	}
	return 0, o.setOption(a.int(1), a.int(2), append([]byte(nil), b...))
}

// getsockopt: fd, level, name, value, pointer to its length.
func (s *system) getsockopt(a *arguments) (uintptr, Errno) {
	o, e := a.asSocket()
	if e != 0 {
		return 0, e
	}
	value, e := o.option(a.int(1), a.int(2))
	if e != 0 {
		return 0, e
	}
	room, e := a.lengthAt(4)
	if e != 0 {
		return 0, e
	}
	value = value[:min(len(value), room)]
	if e = a.store(3, value); e != 0 {
		return 0, e
	}
	return 0, a.storeLength(4, len(value))
}
