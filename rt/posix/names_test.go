// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// Names: opening, describing and listing what there is.

package posix

import (
	"path"
	"strings"
	"syscall"
	"testing"
)

func TestOpenErrors(t *testing.T) {
	s, _ := newSystem()
	for _, c := range []struct {
		path  string
		flags int
		want  Errno
	}{
		{"", 0, ENOENT},
		{"/etc/resolv.conf", 0, ENOENT},
		{"/proc/self/exe", 0, ENOENT},
		{"/proc/self/exe", oNoFollow, ELOOP},
		{"/proc/self/maps", oWriteOnly, EACCES},
		{"/dev/missing/", oCreate | oReadWrite, EISDIR},
		{"/missing/file", oCreate | oReadWrite, ENOENT},
		{"/dev/null/file", oCreate | oReadWrite, ENOTDIR},
		{"/dev/null/", 0, ENOTDIR},
		{"/dev/null", oDirectory, ENOTDIR},
		{"/dev/null", oCreate | oExclusive, EEXIST},
		{"/dev", oWriteOnly, EISDIR},
		{"/dev", oTemporary | oDirectory, EINVAL},
		{"/dev/null", oReadWrite | oTemporary | oDirectory, ENOTDIR},
		{"/", oCreate, EISDIR},
	} {
		if _, e := s.do("openat", atCWD, c.path, c.flags, 0); e != c.want {
			t.Errorf("open(%q, %#x): errno %d, want %d", c.path, c.flags, e, c.want)
		}
	}
}

func TestDevices(t *testing.T) {
	s, k := newSystem()
	for _, c := range []struct{ path, reads string }{
		{"/dev/null", ""},
		{"/dev/zero", "\x00\x00\x00"},
		{"/dev/full", "\x00\x00\x00"},
		{"/dev/urandom", "\x01\x02\x03"},
		{"/dev/random", "\x01\x02\x03"},
	} {
		fd := s.must(t, "open", c.path, oReadWrite)
		b := []byte("old")
		if n := s.must(t, "read", fd, b, 3); string(b[:n]) != c.reads {
			t.Errorf("%s: read %q", c.path, b[:n])
		}
		n, e := s.do("write", fd, b, 3)
		if full := c.path == "/dev/full"; full != (e == ENOSPC) || !full && n != 3 {
			t.Errorf("%s: wrote %d, errno %d", c.path, n, e)
		}
		if k.pollable(fd) {
			t.Errorf("%s is pollable", c.path)
		}
	}
	k.ring = 100
	for _, name := range []string{"/dev/tty", "/dev/console"} {
		s.must(t, "write", s.must(t, "open", name, oWriteOnly), []byte(name), len(name))
	}
	if string(k.out) != "/dev/tty/dev/console" {
		t.Errorf("console %q", k.out)
	}
}

func TestAccessModes(t *testing.T) {
	s, _ := newSystem()
	b := make([]byte, 4)
	reader := s.must(t, "open", "/dev/zero", oReadOnly)
	writer := s.must(t, "open", "/dev/zero", oWriteOnly)
	handle := s.must(t, "open", "/dev/zero", oPath)
	for _, c := range []struct {
		call string
		fd   int
		want Errno
	}{
		{"read", reader, 0}, {"write", reader, EBADF},
		{"read", writer, EBADF}, {"write", writer, 0},
		{"read", handle, EBADF}, {"write", handle, EBADF}, {"lseek", handle, EBADF},
	} {
		if _, e := s.do(c.call, c.fd, b, 1); e != c.want {
			t.Errorf("%s(%d): errno %d, want %d", c.call, c.fd, e, c.want)
		}
	}
	if _, e := s.do("faccessat", atCWD, "/dev/null", 1); e != EACCES {
		t.Errorf("running /dev/null: errno %d", e)
	}
	s.must(t, "access", "/dev/null", 6)
}

func TestWorkingDirectory(t *testing.T) {
	s, _ := newSystem()
	cwd := func() string {
		b := make([]byte, 64)
		return string(b[:s.must(t, "getcwd", b, 64)-1])
	}
	if cwd() != "/" {
		t.Errorf("at start in %q", cwd())
	}
	s.must(t, "chdir", "dev")
	if cwd() != "/dev" {
		t.Errorf("in %q", cwd())
	}
	s.must(t, "open", "null", 0)
	root := s.must(t, "open", "..", oDirectory)
	s.must(t, "fchdir", root)
	if cwd() != "/" {
		t.Errorf("in %q", cwd())
	}
	if _, e := s.do("chdir", "/dev/null"); e != ENOTDIR {
		t.Errorf("into a device: errno %d", e)
	}
	if _, e := s.do("getcwd", make([]byte, 1), 1); e != ERANGE {
		t.Errorf("short buffer: errno %d", e)
	}
	if _, e := s.do("readlinkat", atCWD, "dev", make([]byte, 9), 9); e != EINVAL {
		t.Errorf("readlink: errno %d", e)
	}
}

// list reads a directory with buffers of size bytes, as package os does.
func (s *system) list(t *testing.T, dir string, size int) string {
	t.Helper()
	fd := s.must(t, "open", dir, oDirectory)
	defer s.must(t, "close", fd)
	var names []string
	b := make([]byte, size)
	for {
		n := s.must(t, "getdents64", fd, b, size)
		if n == 0 {
			return strings.Join(names, " ")
		}
		used, _, more := syscall.ParseDirent(b[:n], -1, nil)
		if used != n {
			t.Fatalf("%d of %d bytes are entries", used, n)
		}
		names = append(names, more...)
	}
}

func TestDirectories(t *testing.T) {
	s, _ := newSystem()
	for _, size := range []int{32, 50, 4096} {
		if got := s.list(t, "/", size); got != "dev etc proc tmp" {
			t.Errorf("/: %q", got)
		}
		if got := s.list(t, "/dev", size); got != "console fd full null random stderr stdin stdout tty urandom zero" {
			t.Errorf("/dev: %q", got)
		}
	}
	fd := s.must(t, "open", "/dev", oDirectory)
	if _, e := s.do("getdents64", fd, make([]byte, 8), 8); e != EINVAL {
		t.Errorf("no room: errno %d", e)
	}
	if _, e := s.do("read", fd, make([]byte, 8), 8); e != EISDIR {
		t.Errorf("read: errno %d", e)
	}
	b := make([]byte, 4096)
	first := s.must(t, "getdents64", fd, b, len(b))
	s.must(t, "lseek", fd, 0, seekStart)
	if again := s.must(t, "getdents64", fd, b, len(b)); again != first {
		t.Errorf("after a rewind %d bytes, before %d", again, first)
	}
}

// FuzzWalk compares the walk of a path with package path's idea of it.
func FuzzWalk(f *testing.F) {
	for _, p := range []string{"/dev/../dev/./null", "//dev//zero/", "..", "/", "dev/null/.", ""} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		if p == "" || strings.Contains(p, "\x00") || strings.Contains(p, "self") || strings.Contains(p, "std") || strings.Contains(p, "fd") {
			return // no path, or one through a link
		}
		s, _ := newSystem()
		tree := s.files()
		at, e := tree.find(s, tree.root, p, true)
		if e != 0 {
			return
		}
		clean, e := tree.find(s, tree.root, path.Clean("/"+p), true)
		if e != 0 || at != clean {
			t.Fatalf("%q leads to inode %d, %q elsewhere: errno %d", p, at.number, path.Clean("/"+p), e)
		}
	})
}
