// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// Descriptors: numbers, copies, flags and limits.

package posix

import "testing"

func TestLowestFree(t *testing.T) {
	s, _ := newSystem()
	for want := 3; want < 10; want++ {
		if fd := s.must(t, "dup", 0); fd != want {
			t.Fatalf("dup gave %d, want %d", fd, want)
		}
	}
	s.must(t, "close", 7)
	s.must(t, "close", 5)
	if fd := s.must(t, "fcntl", 0, fDupFD, 6); fd != 7 {
		t.Errorf("from 6: %d", fd)
	}
	if fd := s.must(t, "fcntl", 0, fDupFDCloexec, 0); fd != 5 {
		t.Errorf("lowest: %d", fd)
	}
	if on := s.must(t, "fcntl", 5, fGetFD); on != 1 {
		t.Error("close-on-exec is off")
	}
	s.must(t, "fcntl", 5, fSetFD, 0)
	if on := s.must(t, "fcntl", 5, fGetFD); on != 0 {
		t.Error("close-on-exec is on")
	}
}

func TestBadDescriptors(t *testing.T) {
	s, _ := newSystem()
	b := make([]byte, 256)
	for _, fd := range []int{-1, 3, 4095, 4096, 1 << 30, -1 << 31} {
		for name, args := range map[string][]any{
			"read":       {fd, b, 1},
			"write":      {fd, b, 1},
			"close":      {fd},
			"dup":        {fd},
			"fstat":      {fd, b},
			"lseek":      {fd, 0, 0},
			"fcntl":      {fd, fGetFL},
			"ioctl":      {fd, 0x5401, b},
			"fsync":      {fd},
			"getdents64": {fd, b, 256},
			"fchdir":     {fd},
			"openat":     {fd, "dev", 0},
			"dup2":       {fd, fd},
		} {
			if _, e := s.do(name, args...); e != EBADF {
				t.Errorf("%s(%d): errno %d", name, fd, e)
			}
		}
	}
}

func TestDup2AndDup3(t *testing.T) {
	s, k := newSystem()
	r, w := s.testPipe(t, oNonblock)
	if fd := s.must(t, "dup2", w, 1); fd != 1 {
		t.Fatalf("dup2 gave %d", fd)
	}
	s.must(t, "write", 1, []byte("captured"), 8)
	b := make([]byte, 16)
	if n := s.must(t, "read", r, b, 16); string(b[:n]) != "captured" || len(k.out) != 0 {
		t.Errorf("pipe %q, console %q", b[:n], k.out)
	}
	s.must(t, "dup2", 2, 1)
	s.must(t, "write", 1, []byte("shown"), 5)
	if string(k.out) != "shown" {
		t.Errorf("console %q", k.out)
	}
	for _, c := range [][]any{{r, r, 0}, {r, 5, oAppend}} {
		if _, e := s.do("dup3", c...); e != EINVAL {
			t.Errorf("dup3%v: errno %d", c, e)
		}
	}
	if _, e := s.do("dup3", r, MaxDescriptors, 0); e != EBADF {
		t.Errorf("dup3 too far: errno %d", e)
	}
	s.must(t, "dup3", r, MaxDescriptors-1, oCloexec)
}

// TestLowestDescriptor: the lowest number that is free is given, whatever was closed
// and named before.
func TestLowestDescriptor(t *testing.T) {
	s, _ := newSystem()
	for want := 3; want < 40; want++ {
		if fd := s.must(t, "dup", 0); int(fd) != want {
			t.Fatalf("got %d, want %d", fd, want)
		}
	}
	for _, fd := range []int{20, 7, 30} {
		s.must(t, "close", fd)
	}
	s.must(t, "dup3", 0, 7, oCloexec)
	if fd := s.must(t, "fcntl", 0, 0, 25); fd != 30 { // F_DUPFD
		t.Errorf("from 25 on: %d", fd)
	}
	for _, want := range []int{20, 40, 41} {
		if fd := s.must(t, "dup", 0); int(fd) != want {
			t.Errorf("got %d, want %d", fd, want)
		}
	}
}

func TestDescriptorLimit(t *testing.T) {
	s, _ := newSystem()
	limit := make([]byte, limitSize)
	put64(limit, 10)
	put64(limit[8:], MaxDescriptors)
	s.must(t, "prlimit64", 0, limitFiles, limit, nil)
	for range 7 {
		s.must(t, "dup", 0)
	}
	if _, e := s.do("dup", 0); e != EMFILE {
		t.Errorf("an eleventh descriptor: errno %d", e)
	}
	if _, e := s.do("pipe2", make([]byte, 8), 0); e != EMFILE {
		t.Errorf("pipe: errno %d", e)
	}
	s.must(t, "close", 9)
	if _, e := s.do("pipe2", make([]byte, 8), 0); e != EMFILE {
		t.Errorf("pipe with one number left: errno %d", e)
	}
	if fd := s.must(t, "dup", 0); fd != 9 {
		t.Errorf("the failed pipe kept a number: got %d", fd)
	}
	put64(limit[8:], MaxDescriptors+1)
	if _, e := s.do("setrlimit", limitFiles, limit); e != EPERM {
		t.Errorf("a higher hard limit: errno %d", e)
	}
	s.must(t, "getrlimit", limitFiles, limit)
	if get64(limit) != 10 || get64(limit[8:]) != MaxDescriptors {
		t.Errorf("limit %d, %d", get64(limit), get64(limit[8:]))
	}
}

// TestNoDescriptorLeft: a call that cannot have a descriptor has changed nothing.
func TestNoDescriptorLeft(t *testing.T) {
	s, _ := newSystem()
	fd := s.must(t, "open", "/kept", oReadWrite|oCreate, 0o644)
	s.must(t, "write", fd, []byte("text"), 4)
	name := append([]byte{FamilyUnix, 0, 0}, "door"...)
	l := s.must(t, "socket", FamilyUnix, KindStream|oNonblock, 0)
	s.must(t, "bind", l, name, len(name))
	s.must(t, "listen", l, 1)
	c := s.must(t, "socket", FamilyUnix, KindStream|oNonblock, 0)
	s.must(t, "connect", c, name, len(name))
	full := func(descriptors int) {
		limit := make([]byte, limitSize)
		put64(limit, uint64(descriptors))
		put64(limit[8:], MaxDescriptors)
		s.must(t, "setrlimit", limitFiles, limit)
	}
	full(c + 1)
	for _, call := range [][]any{{"open", "/kept", oReadWrite | oTruncate, 0}, {"open", "/made", oReadWrite | oCreate, 0o644}, {"creat", "/kept", 0o644}, {"accept", l, nil, nil}} {
		if _, e := s.do(call[0].(string), call[1:]...); e != EMFILE {
			t.Errorf("%v: errno %d", call, e)
		}
	}
	full(MaxDescriptors)
	if text := s.readAll(t, "/kept"); text != "text" {
		t.Errorf("the file holds %q", text)
	}
	if _, e := s.do("access", "/made", 0); e != ENOENT {
		t.Errorf("a file was made: errno %d", e)
	}
	s.must(t, "accept", l, nil, nil)
}

func TestCloseRange(t *testing.T) {
	s, _ := newSystem()
	for range 5 {
		s.must(t, "dup", 0)
	}
	s.must(t, "close_range", 4, 5, 4)
	if s.must(t, "fcntl", 4, fGetFD) != 1 || s.must(t, "fcntl", 6, fGetFD) != 0 {
		t.Error("close-on-exec is set on the wrong descriptors")
	}
	s.must(t, "close_range", 4, uint32(1<<32-1), 0)
	if fd := s.must(t, "dup", 0); fd != 4 {
		t.Errorf("lowest free descriptor %d", fd)
	}
}
