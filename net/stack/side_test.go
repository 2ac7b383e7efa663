// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build linux && amd64

// Two sides that make the same calls: sockets of this package, and those of the
// Linux kernel the test runs on. Host only.

package stack

import (
	"math"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/domlet/domlet/rt/posix"
)

// side makes sockets by small numbers; errors are Linux's. All waiting is done
// by trying again.
type side interface {
	socket(family, kind, protocol int) (int, posix.Errno)
	bind(s int, a posix.Address) posix.Errno
	connect(s int, a posix.Address) posix.Errno
	listen(s, backlog int) posix.Errno
	accept(s int) (int, posix.Address, posix.Errno)
	send(s int, b []byte, to posix.Address) (int, posix.Errno)
	receive(s int, b []byte, flags int) (int, posix.Address, posix.Errno)
	shutdown(s, how int) posix.Errno
	sockname(s int) (posix.Address, posix.Errno)
	peer(s int) (posix.Address, posix.Errno)
	set(s, level, name int, value []byte) posix.Errno
	get(s, level, name int) ([]byte, posix.Errno)
	close(s int)
}

// eventually tries for a while until the answer is something else than "not yet".
func eventually(t *testing.T, try func() posix.Errno) posix.Errno {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if e := try(); e != posix.EAGAIN && e != posix.EINPROGRESS && e != posix.EALREADY {
			return e
		}
	}
	t.Fatal("no answer in two minutes")
	return 0
}

// ours is the side of this package.
type ours struct {
	n    *Network
	list []posix.Socket
	mu   sync.Mutex
	told map[int]string // events by socket
}

func newOurs(t *testing.T) *ours {
	t.Helper()
	n, err := New(math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.s.Close)
	return &ours{n: n, told: map[int]string{}}
}

func (o *ours) add(s posix.Socket) int {
	i := len(o.list)
	o.list = append(o.list, s)
	s.Notify(func(mode byte) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.told[i] += string(mode)
	})
	return i
}

func (o *ours) socket(family, kind, protocol int) (int, posix.Errno) {
	s, e := o.n.Socket(family, kind, protocol)
	if e != 0 {
		return 0, e
	}
	return o.add(s), 0
}

func (o *ours) accept(s int) (int, posix.Address, posix.Errno) {
	c, a, e := o.list[s].Accept()
	if e != 0 {
		return 0, a, e
	}
	return o.add(c), a, 0
}

func (o *ours) receive(s int, b []byte, flags int) (int, posix.Address, posix.Errno) {
	m := posix.Message{Flags: flags}
	n, e := o.list[s].Receive(b, &m)
	return n, m.Address, e
}

func (o *ours) send(s int, b []byte, to posix.Address) (int, posix.Errno) {
	return o.list[s].Send(b, &posix.Message{Address: to})
}

func (o *ours) bind(s int, a posix.Address) posix.Errno     { return o.list[s].Bind(a) }
func (o *ours) connect(s int, a posix.Address) posix.Errno  { return o.list[s].Connect(a) }
func (o *ours) listen(s, backlog int) posix.Errno           { return o.list[s].Listen(backlog) }
func (o *ours) shutdown(s, how int) posix.Errno             { return o.list[s].Shutdown(how != 1, how != 0) }
func (o *ours) sockname(s int) (posix.Address, posix.Errno) { return o.list[s].Local() }
func (o *ours) peer(s int) (posix.Address, posix.Errno)     { return o.list[s].Peer() }
func (o *ours) set(s, level, name int, value []byte) posix.Errno {
	return o.list[s].SetOption(level, name, value)
}
func (o *ours) get(s, level, name int) (b []byte, errno posix.Errno) {
	return o.list[s].Option(level, name)
}
func (o *ours) close(s int) { o.list[s].Close() }

// kernel is Linux's side.
type kernel struct{}

func errnoOf(err error) posix.Errno {
	if err == nil {
		return 0
	}
	return posix.Errno(err.(syscall.Errno))
}

// linux turns an address into package syscall's.
func linux(a posix.Address) syscall.Sockaddr {
	switch a.Family {
	case posix.FamilyInet4:
		return &syscall.SockaddrInet4{Port: int(a.Port), Addr: [4]byte(a.IP[:4])}
	case posix.FamilyInet6:
		return &syscall.SockaddrInet6{Port: int(a.Port), Addr: a.IP, ZoneId: a.Zone}
	}
	return nil
}

// unlinux is linux's opposite.
func unlinux(sa syscall.Sockaddr) posix.Address {
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		a := posix.Address{Family: posix.FamilyInet4, Port: uint16(sa.Port)}
		copy(a.IP[:4], sa.Addr[:])
		return a
	case *syscall.SockaddrInet6:
		return posix.Address{Family: posix.FamilyInet6, Port: uint16(sa.Port), IP: sa.Addr, Zone: sa.ZoneId}
	}
	return posix.Address{}
}

func (kernel) socket(family, kind, protocol int) (int, posix.Errno) {
	fd, err := syscall.Socket(family, kind|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, protocol)
	return fd, errnoOf(err)
}

func (kernel) accept(s int) (int, posix.Address, posix.Errno) {
	fd, sa, err := syscall.Accept4(s, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
	return fd, unlinux(sa), errnoOf(err)
}

func (kernel) receive(s int, b []byte, flags int) (int, posix.Address, posix.Errno) {
	n, sa, err := syscall.Recvfrom(s, b, flags)
	return max(n, 0), unlinux(sa), errnoOf(err)
}

func (kernel) send(s int, b []byte, to posix.Address) (int, posix.Errno) {
	n, err := syscall.SendmsgN(s, b, nil, linux(to), syscall.MSG_NOSIGNAL)
	return max(n, 0), errnoOf(err)
}

func (kernel) sockname(s int) (posix.Address, posix.Errno) {
	sa, err := syscall.Getsockname(s)
	return unlinux(sa), errnoOf(err)
}

func (kernel) peer(s int) (posix.Address, posix.Errno) {
	sa, err := syscall.Getpeername(s)
	return unlinux(sa), errnoOf(err)
}

func (kernel) set(s, level, name int, value []byte) posix.Errno {
	return errnoOf(syscall.SetsockoptString(s, level, name, string(value)))
}

func (kernel) get(s, level, name int) ([]byte, posix.Errno) {
	v, err := syscall.GetsockoptInt(s, level, name)
	return number(v), errnoOf(err)
}

func (kernel) bind(s int, a posix.Address) posix.Errno { return errnoOf(syscall.Bind(s, linux(a))) }
func (kernel) connect(s int, a posix.Address) posix.Errno {
	return errnoOf(syscall.Connect(s, linux(a)))
}
func (kernel) listen(s, backlog int) posix.Errno { return errnoOf(syscall.Listen(s, backlog)) }
func (kernel) shutdown(s, how int) posix.Errno   { return errnoOf(syscall.Shutdown(s, how)) }
func (kernel) close(s int)                       { syscall.Close(s) }
