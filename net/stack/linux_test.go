// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build linux && amd64

// Stories told twice, over loopback here and over that of the Linux kernel the
// test runs on: every line of the two records must be the same. Host only.

package stack

import (
	"fmt"
	"strings"
	"testing"

	"github.com/domlet/domlet/rt/posix"
)

// story is what happens on one side, and the record of it. Ports differ between
// the sides, so the record has names for them.
type story struct {
	side
	t      *testing.T
	family int
	record []string
	ports  map[uint16]string
}

func (s *story) note(format string, list ...any) {
	s.record = append(s.record, fmt.Sprintf(format, list...))
}

// loop is the loopback address of the story's family with a port.
func (s *story) loop(port uint16) posix.Address {
	a := posix.Address{Family: s.family, Port: port}
	if s.family == posix.FamilyInet4 {
		copy(a.IP[:], "\x7f\x00\x00\x01")
	} else {
		a.IP[15] = 1
	}
	return a
}

// named is an address with its port's name.
func (s *story) named(a posix.Address) string {
	name, ok := s.ports[a.Port]
	if !ok {
		name = fmt.Sprintf("port%d", len(s.ports))
		s.ports[a.Port] = name
	}
	if a.Port == 0 {
		name = "0"
	}
	return fmt.Sprintf("%d:%x:%s", a.Family, a.IP, name)
}

func (s *story) open(kind, protocol int) int {
	s.t.Helper()
	fd, e := s.socket(s.family, kind, protocol)
	s.note("socket %d %d: %d", kind, protocol, e)
	return fd
}

// names notes both addresses of a socket.
func (s *story) names(fd int) posix.Address {
	local, e := s.sockname(fd)
	s.note("local %s %d", s.named(local), e)
	peer, e := s.peer(fd)
	if e != 0 {
		s.note("peer %d", e)
	} else {
		s.note("peer %s", s.named(peer))
	}
	return local
}

// read notes what comes next.
func (s *story) read(fd, room, flags int) {
	s.t.Helper()
	b := make([]byte, room)
	var n int
	var from posix.Address
	e := eventually(s.t, func() (e posix.Errno) {
		n, from, e = s.receive(fd, b, flags)
		return e
	})
	s.note("read %q from %s: %d", b[:n], s.named(from), e)
}

// write notes how a send goes.
func (s *story) write(fd int, text string, to posix.Address) {
	n, e := s.send(fd, []byte(text), to)
	s.note("write %d: %d", n, e)
}

// listener makes a socket that accepts.
func (s *story) listener() (fd int, at posix.Address) {
	fd = s.open(posix.KindStream, 0)
	s.note("bind %d", s.bind(fd, s.loop(0)))
	s.note("listen %d", s.listen(fd, 5))
	at, _ = s.sockname(fd)
	return fd, at
}

// dial connects and waits for the outcome.
func (s *story) dial(to posix.Address) int {
	fd := s.open(posix.KindStream, 0)
	if e := s.connect(fd, to); e != posix.EINPROGRESS && e != 0 {
		s.note("connect %d", e)
		return fd
	}
	e := eventually(s.t, func() posix.Errno {
		if _, e := s.peer(fd); e == 0 {
			return 0
		}
		b, _ := s.get(fd, levelSocket, 4)
		if b[0] == 0 {
			return posix.EAGAIN
		}
		return posix.Errno(b[0])
	})
	s.note("connected %d", e)
	return fd
}

// take accepts.
func (s *story) take(fd int) (c int) {
	e := eventually(s.t, func() (e posix.Errno) {
		c, _, e = s.accept(fd)
		return e
	})
	s.note("accept %d", e)
	return c
}

func (s *story) stream() {
	l, at := s.listener()
	s.names(l)
	_, _, e := s.accept(l)
	s.note("accept none: %d", e)
	c := s.dial(at)
	d := s.take(l)
	s.names(c)
	s.names(d)
	s.note("again %d", s.connect(c, at))
	_, _, e = s.receive(c, make([]byte, 1), 0)
	s.note("nothing yet %d", e)
	s.write(c, "some bytes", posix.Address{})
	s.read(d, 4, posix.MessagePeek)
	s.read(d, 4, 0)
	s.read(d, 0, 0)
	s.read(d, 100, 0)
	_, _, e = s.receive(d, nil, 0)
	s.note("no room and nothing there %d", e)
	s.note("half closed %d", s.shutdown(c, 1))
	s.read(d, 100, 0)
	s.write(d, "the other way", posix.Address{})
	s.read(c, 100, 0)
	s.write(c, "no more", posix.Address{})
	s.close(d)
	s.read(c, 100, 0)
	s.names(c)
	s.close(c)
	s.close(l)
}

func (s *story) refusals() {
	l, at := s.listener()
	other := s.open(posix.KindStream, 0)
	s.note("port in use %d", s.bind(other, at))
	s.note("read unconnected")
	_, _, e := s.receive(other, make([]byte, 1), 0)
	s.note("%d", e)
	s.write(other, "x", posix.Address{})
	s.names(other)
	s.note("shutdown unconnected %d", s.shutdown(other, 2))
	s.note("listen twice %d", s.listen(l, 7))
	s.note("bind twice %d", s.bind(l, s.loop(0)))
	s.close(l)
	s.dial(at)
	foreign := s.loop(0)
	foreign.IP[0] = 10
	fd := s.open(posix.KindStream, 0)
	s.note("not our address %d", s.bind(fd, foreign))
	for _, k := range [][2]int{{posix.KindStream, 17}, {posix.KindDatagram, 6}, {posix.KindSeqPacket, 0}, {posix.KindStream, 262}} {
		if k[1] == 262 && s.family == posix.FamilyInet6 {
			continue
		}
		if _, e := s.socket(s.family, k[0], k[1]); k[1] != 262 {
			s.note("socket %v: %d", k, e)
		}
	}
}

func (s *story) datagrams() {
	a, b := s.open(posix.KindDatagram, 0), s.open(posix.KindDatagram, 0)
	s.note("bind %d", s.bind(a, s.loop(0)))
	at := s.names(a)
	s.write(b, "to nobody", posix.Address{})
	s.write(b, "first datagram", at)
	s.write(b, "", at)
	s.write(b, "second", at)
	s.read(a, 5, posix.MessagePeek)
	s.read(a, 5, 0)
	s.read(a, 50, 0)
	s.read(a, 50, 0)
	s.note("connect %d", s.connect(b, at))
	s.names(b)
	s.write(b, "connected", posix.Address{})
	s.read(a, 50, 0)
	s.write(b, strings.Repeat("x", 65508), posix.Address{})
	s.note("listen %d", s.listen(b, 1))
	_, _, e := s.accept(b)
	s.note("accept %d", e)
	s.close(a)
	s.write(b, "into the void", posix.Address{})
	s.read(b, 10, 0)
	s.close(b)
}

func (s *story) options() {
	fd, l := s.open(posix.KindStream, 0), s.open(posix.KindDatagram, 0)
	for _, o := range []setting{
		{levelSocket, 2}, {levelSocket, 6}, {levelSocket, 9}, {levelSocket, 15}, {levelSocket, 30}, {levelSocket, 4},
		{levelTCP, 1}, {levelTCP, 3}, {levelTCP, 4}, {levelTCP, 5}, {levelTCP, 6}, {levelTCP, 18}, {levelTCP, 99}, {levelSocket, 999},
		{levelIP, 34}, {levelIP, 33}, {levelIP, 12}, {levelIP, 13}, {levelIP, 8},
	} {
		for _, s1 := range []int{fd, l} {
			if s.family == posix.FamilyInet6 && o.level == levelIP {
				continue
			}
			s.value(s1, o)
			s.note("set %v: %d", o, s.set(s1, o.level, o.name, number(1)))
			s.value(s1, o)
		}
	}
}

// value notes an option.
func (s *story) value(fd int, o setting) {
	b, e := s.get(fd, o.level, o.name)
	if e != 0 {
		b = nil
	}
	s.note("get %v: %x %d", o, b, e)
}

func TestStoriesAsOnLinux(t *testing.T) {
	for _, family := range []int{posix.FamilyInet4, posix.FamilyInet6} {
		for name, tell := range map[string]func(*story){
			"stream": (*story).stream, "refusals": (*story).refusals, "datagrams": (*story).datagrams, "options": (*story).options,
		} {
			t.Run(fmt.Sprintf("%s/%d", name, family), func(t *testing.T) {
				here := &story{side: newOurs(t), t: t, family: family, ports: map[uint16]string{}}
				there := &story{side: kernel{}, t: t, family: family, ports: map[uint16]string{}}
				tell(here)
				tell(there)
				compare(t, here.record, there.record)
			})
		}
	}
}

func compare(t *testing.T, ours, linux []string) {
	t.Helper()
	for i := range max(len(ours), len(linux)) {
		var a, b string
		if i < len(ours) {
			a = ours[i]
		}
		if i < len(linux) {
			b = linux[i]
		}
		if a != b {
			t.Errorf("%d: ours %s; Linux's %s", i, a, b)
		}
	}
}
