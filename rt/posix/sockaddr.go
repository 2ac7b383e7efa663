// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Addresses of sockets as callers lay them out: struct sockaddr_in,
// sockaddr_in6, sockaddr_un and sockaddr_nl.

package posix

const (
	addressMax = 128 // the longest (struct sockaddr_storage)
	controlMax = 64 << 10
	pathOffset = 2   // of sockaddr_un's path
	unixMax    = 110 // sockaddr_un's size
	inet4Size  = 16
	inet6Size  = 28
	inet6Least = 24 // without the scope, as it was first
	netlinkMin = 12
)

// address returns the address that argument i points at and that is n bytes
// long, for a socket of that family.
func (s *system) address(a *arguments, i, n, family int) (Address, Errno) {
	if n < 0 || n > addressMax {
		return Address{}, EINVAL
	}
	b, e := a.memory(i, uintptr(n))
	if e != 0 {
		return Address{}, e
	}
	return s.decode(b, family)
}

// decode reads an address for a socket of that family. One without a family is
// FamilyNone, with the port if it has one.
func (s *system) decode(b []byte, family int) (at Address, e Errno) {
	if len(b) < 2 {
		return at, EINVAL
	}
	at.Family = int(b[0]) | int(b[1])<<8
	switch {
	case at.Family == FamilyNone:
		return decodeNone(b, family)
	case at.Family != family && family == FamilyUnix:
		return at, EINVAL
	case at.Family != family:
		return at, EAFNOSUPPORT
	case family == FamilyInet4:
		if len(b) < inet4Size {
			return at, EINVAL
		}
		at.Port = uint16(b[2])<<8 | uint16(b[3])
		copy(at.IP[:4], b[4:8])
	case family == FamilyInet6:
		if len(b) < inet6Least {
			return at, EINVAL
		}
		at.Port = uint16(b[2])<<8 | uint16(b[3])
		copy(at.IP[:], b[8:24])
		if len(b) >= inet6Size {
			at.Zone = get32(b[24:])
		}
	case family == FamilyUnix:
		at.name, e = s.unixName(b)
	case len(b) < netlinkMin:
		return at, EINVAL
	default:
		at.pid = get32(b[4:])
	}
	return at, e
}

// decodeNone reads the rest of an address without a family.
func decodeNone(b []byte, family int) (at Address, e Errno) {
	if family == FamilyInet4 && len(b) >= inet4Size {
		at.Port = uint16(b[2])<<8 | uint16(b[3])
		copy(at.IP[:4], b[4:8])
	}
	return at, 0
}

// unixName reads the name out of a sockaddr_un. An empty one asks for any.
func (s *system) unixName(b []byte) (string, Errno) {
	if len(b) > unixMax {
		return "", EINVAL
	}
	path := b[pathOffset:]
	if len(path) == 0 || path[0] == 0 {
		return string(path), 0
	}
	for i, c := range path {
		if c == 0 {
			path = path[:i]
			break
		}
	}
	return string(path), 0
}

// encode lays an address out for a socket of that family. A socket of a stream
// has none for a message.
func encode(at Address, family int) []byte {
	if at.Family == FamilyNone {
		return nil
	}
	b := []byte{byte(family), byte(family >> 8)}
	switch family {
	case FamilyUnix:
		b = append(b, at.name...)
		if at.name != "" && at.name[0] != 0 {
			b = append(b, 0)
		}
	case FamilyInet4:
		b = append(b, byte(at.Port>>8), byte(at.Port))
		b = append(b, at.IP[:4]...)
		b = append(b, make([]byte, inet4Size-len(b))...)
	case FamilyInet6:
		b = append(b, byte(at.Port>>8), byte(at.Port), 0, 0, 0, 0)
		b = append(b, at.IP[:]...)
		b = append(b, make([]byte, 4)...)
		put32(b[24:], at.Zone)
	case FamilyNetlink:
		b = append(b, make([]byte, netlinkMin-len(b))...)
		put32(b[4:], at.pid)
	}
	return b
}

// lengthAt returns the length that argument i points at.
func (a *arguments) lengthAt(i int) (int, Errno) {
	b, e := a.memory(i, 4)
	if e != 0 {
		return 0, e
	}
	if n := int32(get32(b)); n >= 0 {
		return int(n), 0
	}
	return 0, EINVAL
}

// storeLength stores a length where argument i points.
func (a *arguments) storeLength(i, n int) Errno {
	var b [4]byte
	put32(b[:], uint32(n))
	return a.store(i, b[:])
}

// storeAddress stores as much of an address as the caller has room for where
// argument i points, and its whole length where argument n points.
func (a *arguments) storeAddress(i, n int, at Address, family int) Errno {
	room, e := a.lengthAt(n)
	if e != 0 {
		return e
	}
	b := encode(at, family)
	if e = a.store(i, b[:min(len(b), room)]); e != 0 {
		return e
	}
	return a.storeLength(n, len(b))
}
