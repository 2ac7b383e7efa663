// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// Messages with control messages, as a caller lays them out. Host only.

package posix

import (
	"testing"
	"unsafe" // struct msghdr
)

// send makes call sendmsg with a message of these bytes that passes a descriptor.
func (s *system) sendDescriptor(t *testing.T, to int, b []byte, fd int) (int, Errno) {
	t.Helper()
	control, list := AppendControl(nil, levelSocket, controlRights, word(fd)), vectorsOf(b)
	f, e := s.fds.get(to)
	if e != 0 {
		t.Fatal(e)
	}
	a := arguments{file: f}
	defer a.done()
	h := header{list: unsafe.Pointer(&list[0]), listLength: 1, control: unsafe.Pointer(&control[0]), controlled: uintptr(len(control))} // as sendmsg gets it
	return s.sendHeader(&a, &h, 0)
}

// TestPassedAndLost: a descriptor that goes with a message is open until that is read,
// and one that goes nowhere is not kept open.
func TestPassedAndLost(t *testing.T) {
	for _, kind := range []int{KindStream, KindDatagram} {
		for _, text := range []string{"", "x"} {
			s, _ := newSystem()
			pair := make([]byte, 8)
			s.must(t, "socketpair", FamilyUnix, kind|oNonblock, 0, pair)
			one, two := int(get32(pair)), int(get32(pair[4:]))
			r, w := s.testPipe(t, oNonblock)
			if _, e := s.sendDescriptor(t, one, []byte(text), w); e != 0 {
				t.Fatalf("errno %d", e)
			}
			s.must(t, "close", w)
			want := EAGAIN // somebody may still write
			if kind == KindStream && text == "" {
				want = 0 // of a stream no bytes are no message
			}
			b := make([]byte, 1)
			if _, e := s.do("read", r, b, 1); e != want {
				t.Errorf("kind %d, %q: while the message is under way errno %d, want %d", kind, text, e, want)
			}
			s.must(t, "close", two)
			if n, e := s.do("read", r, b, 1); n != 0 || e != 0 {
				t.Errorf("kind %d, %q: when it is lost %d, errno %d", kind, text, n, e)
			}
		}
	}
}

// TestAcceptedWhileSent: the other end may send before an accepted socket is ready to
// be told.
func TestAcceptedWhileSent(t *testing.T) {
	s, _ := newSystem()
	name := append([]byte{FamilyUnix, 0, 0}, "door"...)
	l := s.must(t, "socket", FamilyUnix, KindStream, 0)
	s.must(t, "bind", l, name, len(name))
	s.must(t, "listen", l, 1)
	for range 20 {
		c := s.must(t, "socket", FamilyUnix, KindStream, 0)
		s.must(t, "connect", c, name, len(name))
		begun, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			for i := range 200 {
				s.do("write", c, []byte("x"), 1)
				if i == 0 {
					close(begun)
				}
			}
		}()
		<-begun
		d := s.must(t, "accept", l, nil, nil)
		<-done
		if n := s.must(t, "read", d, make([]byte, 300), 300); n != 200 {
			t.Errorf("%d bytes came", n)
		}
		s.must(t, "close", c)
		s.must(t, "close", d)
	}
}
