// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build linux && amd64 && !domlet

// Unix sockets here and in the Linux kernel this test runs on: random sequences
// of calls over sockets of all three kinds. Every result must be the same.

package posix

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
)

// unixTwin is a twin with sockets.
type unixTwin struct {
	*twin
	rnd   *rand.Rand
	open  []number
	sends int // since the queues were drained
}

// moved gives a descriptor that Linux just returned the number it should have.
func (w *unixTwin) moved(ours, theirs int) {
	w.t.Helper()
	high, _ := linux("fcntl", theirs, fDupFDCloexec, base)
	linux("close", theirs)
	if ours != high-base+3 {
		w.fail("descriptor: ours %d, Linux's %d", ours, high-base+3)
	}
	w.open = append(w.open, number(ours))
}

// made compares a call that makes one descriptor.
func (w *unixTwin) made(name string, list ...any) {
	w.t.Helper()
	ours, theirs := shifted(list)
	fd, e := w.s.do(name, ours...)
	lfd, le := linux(name, theirs...)
	w.log = append(w.log, fmt.Sprintf("%s%v = %d, errno %d", name, brief(list), lfd-base+3, le))
	if e != le {
		w.fail("%s: ours errno %d, Linux's %d", name, e, le)
	}
	if e == 0 {
		w.moved(fd, lfd)
	}
}

// shifted is a list of arguments with the descriptors of either side.
func shifted(list []any) (ours, theirs []any) {
	for _, v := range list {
		if n, ok := v.(number); ok {
			ours, theirs = append(ours, int(n)), append(theirs, int(n)+base-3)
			continue
		}
		ours, theirs = append(ours, v), append(theirs, v)
	}
	return ours, theirs
}

func (w *unixTwin) pair(kind int) {
	w.t.Helper()
	ours, theirs := make([]byte, 8), make([]byte, 8)
	_, e := w.s.do("socketpair", FamilyUnix, kind|oNonblock|oCloexec, 0, ours)
	_, le := linux("socketpair", FamilyUnix, kind|oNonblock|oCloexec, 0, theirs)
	if e != le {
		w.fail("socketpair(%d): ours errno %d, Linux's %d", kind, e, le)
	}
	for i := 0; e == 0 && i < 8; i += 4 {
		w.moved(int(get32(ours[i:])), int(get32(theirs[i:])))
	}
}

// name is an address of one of a few abstract names.
func (w *unixTwin) name() []byte {
	b := []byte{FamilyUnix, 0, 0}
	return fmt.Appendf(b, "domlet-%d-%d", os.Getpid(), w.rnd.IntN(4))
}

func (w *unixTwin) any() number {
	if len(w.open) == 0 || w.rnd.IntN(50) == 0 {
		return number(w.rnd.IntN(20) + 3)
	}
	return w.open[w.rnd.IntN(len(w.open))]
}

func (w *unixTwin) close(i int) {
	w.both("close", w.open[i])
	w.open = append(w.open[:i], w.open[i+1:]...)
}

// drain empties all queues: how many datagrams one holds is a setting of the
// host's.
func (w *unixTwin) drain() {
	for _, fd := range w.open {
		for i := 0; i < 40 && w.both("recvfrom", fd, make([]byte, 64), 64, messageDontWait, nil, nil) > 0; i++ {
		}
	}
	w.sends = 0
}

func (w *unixTwin) step() {
	kinds := []int{KindStream, KindDatagram, KindSeqPacket}
	kind := kinds[w.rnd.IntN(3)]
	fd := w.any()
	length := []byte{byte(w.rnd.IntN(120)), 0, 0, 0}
	switch w.rnd.IntN(20) {
	case 0, 1:
		if len(w.open) < 12 {
			w.made("socket", FamilyUnix, kind|oNonblock|oCloexec, 0)
		}
	case 2:
		if len(w.open) < 12 {
			w.pair(kind)
		}
	case 3, 4:
		name := w.name()
		w.both("bind", fd, name, len(name))
	case 5:
		w.both("listen", fd, w.rnd.IntN(3))
	case 6, 7:
		name := w.name()
		w.both("connect", fd, name, len(name))
	case 8, 9:
		if len(w.open) < 16 {
			w.made("accept4", fd, nil, nil, oNonblock|oCloexec)
		}
	case 10:
		w.both("getsockname", fd, make([]byte, 128), length)
	case 11:
		w.both("getpeername", fd, make([]byte, 128), length)
	case 12:
		w.both("shutdown", fd, w.rnd.IntN(4)-w.rnd.IntN(2))
	case 13:
		name := []int{optionType, optionError, optionAccepting, optionDomain, optionProtocol, optionPassCred, optionReuseAddress}[w.rnd.IntN(7)]
		w.both("getsockopt", fd, levelSocket, name, make([]byte, 8), []byte{byte(w.rnd.IntN(9)), 0, 0, 0})
	case 14:
		if i := w.rnd.IntN(3 * (len(w.open) + 1)); i < len(w.open) {
			w.close(i)
		}
	case 15, 16:
		if w.sends++; w.sends > 8 {
			w.drain()
		}
		b := make([]byte, w.rnd.IntN(40))
		if w.rnd.IntN(3) > 0 {
			w.both("sendto", fd, b, len(b), 0x4000, nil, 0)
		} else {
			name := w.name()
			w.both("sendto", fd, b, len(b), 0x4000, name, len(name))
		}
	case 17, 18:
		flags := []int{0, 0, MessagePeek, MessageTruncated}[w.rnd.IntN(4)]
		w.both("recvfrom", fd, make([]byte, 24), w.rnd.IntN(24)+1, flags, make([]byte, 128), length)
	case 19:
		w.both("read", fd, make([]byte, 16), 16)
		if w.sends++; w.sends > 8 {
			w.drain()
		}
		w.both("write", fd, []byte("some bytes"), w.rnd.IntN(10))
	}
}

func TestUnixSocketsAsOnLinux(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	s, _ := newSystem()
	w := &unixTwin{twin: &twin{t: t, s: s}, rnd: rand.New(rand.NewPCG(seed, 0))}
	defer linux("close_range", base, base+MaxDescriptors, 0)
	for range 30_000 {
		w.step()
	}
}

// TestVectorsOfDatagrams: writev makes one datagram of its vectors, readv spreads
// one over them, as on Linux.
func TestVectorsOfDatagrams(t *testing.T) {
	s, _ := newSystem()
	pair := make([]byte, 8)
	s.must(t, "socketpair", FamilyUnix, KindDatagram, 0, pair)
	a, b := int(get32(pair)), int(get32(pair[4:]))
	if n := s.must(t, "writev", a, vectorsOf([]byte("one "), nil, []byte("datagram")), 3); n != 12 {
		t.Errorf("%d bytes went", n)
	}
	first, rest := make([]byte, 5), make([]byte, 20)
	if n := s.must(t, "readv", b, vectorsOf(first, rest), 2); n != 12 || string(first)+string(rest[:7]) != "one datagram" {
		t.Errorf("%d bytes came: %q %q", n, first, rest)
	}
}
