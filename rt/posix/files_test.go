// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// The tree, beyond what the comparison with Linux shows.

package posix

import (
	"strings"
	"sync"
	"testing"
	"time"
)

func TestOptions(t *testing.T) {
	o := readOptions([]byte(`files.limit=12M argv0=prog env.A=b files.cd=/x -- one 'two words' files.limit=1`), 5)
	if o.limit != 12<<20 || o.directory != "/x" || o.program() != "/prog" || o.commandText() != "prog\x00one\x00two words\x00files.limit=1\x00" {
		t.Errorf("%+v", o)
	}
	for text, want := range map[string]int64{"0": 0, "1": 1, "2K": 2048, "3G": 3 << 30, "": 5, "K": 5, "1X": 5, "-1": 5, "99999999999999999999": 5} {
		if o := readOptions([]byte("files.limit="+text), 5); o.limit != want {
			t.Errorf("files.limit=%s: %d, want %d", text, o.limit, want)
		}
	}
}

func TestTexts(t *testing.T) {
	s, k := newSystem()
	k.line = "argv0=prog -- x"
	k.free = 5 << 20
	for name, want := range map[string]string{
		"self/maps": "00401000-00500000 r-xp 00000000 00:00 0 /prog\n",
		"1/cmdline": "prog\x00x\x00",
		"cpuinfo":   "processor\t: 0\n\nprocessor\t: 1\n\nprocessor\t: 2\n\n",
		"meminfo":   "MemTotal: 65536 kB\nMemFree: 5120 kB\nMemAvailable: 5120 kB\n",
	} {
		if got := s.readAll(t, "/proc/"+name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	b := make([]byte, 64)
	if n := s.must(t, "readlink", "/proc/self/exe", b, len(b)); string(b[:n]) != "/prog" {
		t.Errorf("exe: %q", b[:n])
	}
}

func TestDescriptorsByName(t *testing.T) {
	s, k := newSystem()
	k.ring = 100
	out := s.must(t, "openat", atCWD, "/dev/stdout", oWriteOnly, 0)
	s.must(t, "write", out, []byte("hi"), 2)
	if string(k.out) != "hi" {
		t.Errorf("/dev/stdout: %q", k.out)
	}
	fd := s.must(t, "openat", atCWD, "/tmp/x", oCreate|oReadWrite, 0o600)
	s.must(t, "unlink", "/tmp/x")
	again := s.must(t, "openat", atCWD, "/proc/self/fd/"+decimal(fd), oReadWrite, 0)
	s.must(t, "write", again, []byte("y"), 1)
	b := make([]byte, 2)
	if n := s.must(t, "read", fd, b, 2); string(b[:n]) != "y" {
		t.Errorf("read %q", b[:n])
	}
	if got := s.list(t, "/proc/self/fd", 1000); !strings.Contains(" "+got+" ", " "+decimal(fd)+" ") {
		t.Errorf("/proc/self/fd: %s", got)
	}
	s.must(t, "symlink", "/nowhere", "/tmp/link")
	link := s.must(t, "openat", atCWD, "/tmp/link", oPath|oNoFollow, 0)
	st := make([]byte, statSize)
	if s.must(t, "stat", "/proc/self/fd/"+decimal(link), st); get32(st[24:])&modeType != modeLink {
		t.Errorf("a descriptor of a symbolic link leads to a file of mode %o", get32(st[24:]))
	}
}

// TestReadWhileChanging reads a directory while its names go and come.
func TestReadWhileChanging(t *testing.T) {
	s, _ := newSystem()
	for i := range 200 {
		s.must(t, "mkdir", "/tmp/d"+decimal(i), 0o755)
	}
	fd := s.must(t, "openat", atCWD, "/tmp", oDirectory, 0)
	seen := map[string]int{}
	b := make([]byte, 100)
	for next := 200; ; next++ {
		n := s.must(t, "getdents64", fd, b, len(b))
		if n == 0 {
			break
		}
		for rest := b[:n]; len(rest) > 0; rest = rest[int(rest[16])+int(rest[17])<<8:] {
			name, _, _ := strings.Cut(string(rest[direntName:]), "\x00")
			if seen[name]++; name != "." && name != ".." {
				s.must(t, "rmdir", "/tmp/"+name)
			}
		}
		s.must(t, "mkdir", "/tmp/d"+decimal(next), 0o755)
		if next > 1000 {
			t.Fatal("a reader that makes names never ends")
		}
	}
	for i := range 200 {
		if seen["d"+decimal(i)] != 1 {
			t.Errorf("d%d was seen %d times", i, seen["d"+decimal(i)])
		}
	}
}

// TestLockWaits: a lock, of flock's or of a range, waits until the other open file
// lets go.
func TestLockWaits(t *testing.T) {
	s, _ := newSystem()
	lock := make([]byte, lockSize)
	lock[0] = lockForWrite
	for how, calls := range map[string][3][]any{
		"flock": {{"flock", lockExclusive}, {"flock", lockShared | lockNonblock}, {"flock", lockShared}},
		"fcntl": {{"fcntl", fSetRange, lock}, {"fcntl", fSetRange, lock}, {"fcntl", fSetRangeWait, lock}},
	} {
		call := func(which, fd int) Errno {
			c := calls[which]
			_, e := s.do(c[0].(string), append([]any{fd}, c[1:]...)...)
			return e
		}
		one := s.must(t, "openat", atCWD, "/tmp/"+how, oCreate|oReadWrite, 0o600)
		two := s.must(t, "openat", atCWD, "/tmp/"+how, oReadWrite, 0)
		if e, refused := call(0, one), call(1, two); e != 0 || refused != EAGAIN {
			t.Errorf("%s: errno %d, then %d", how, e, refused)
		}
		var wait sync.WaitGroup
		got := make(chan Errno, 1)
		wait.Go(func() { got <- call(2, two) })
		select {
		case <-got:
			t.Errorf("%s: two hold it", how)
		case <-time.After(10 * time.Millisecond):
		}
		s.must(t, "close", one)
		wait.Wait()
		if e := <-got; e != 0 {
			t.Errorf("%s: errno %d in the end", how, e)
		}
		s.must(t, "close", two)
	}
}

// TestProcessLocks: fcntl's locks are never in the way of their own process.
func TestProcessLocks(t *testing.T) {
	s, _ := newSystem()
	fd := s.must(t, "openat", atCWD, "/tmp/lock", oCreate|oWriteOnly, 0o600)
	lock := make([]byte, 32)
	lock[0] = 1 // F_WRLCK
	s.must(t, "fcntl", fd, 6, lock)
	s.must(t, "fcntl", fd, 5, lock)
	if lock[0] != 2 {
		t.Errorf("F_GETLK: type %d", lock[0])
	}
	lock[0] = 0
	if _, e := s.do("fcntl", fd, 6, lock); e != EBADF {
		t.Errorf("to read what is open for writing: errno %d", e)
	}
}

// TestSocketNames: the path of a unix socket is a name in the tree.
func TestSocketNames(t *testing.T) {
	s, _ := newSystem()
	at := func(path string) []byte { return append([]byte{FamilyUnix, 0}, path+"\x00"...) }
	listener := s.must(t, "socket", FamilyUnix, KindStream, 0)
	name := at("/tmp/s")
	s.must(t, "bind", listener, name, len(name))
	s.must(t, "listen", listener, 1)
	other := s.must(t, "socket", FamilyUnix, KindStream, 0)
	if _, e := s.do("bind", other, name, len(name)); e != EADDRINUSE {
		t.Errorf("the same name again: errno %d", e)
	}
	st := make([]byte, statSize)
	s.must(t, "stat", "/tmp/s", st)
	if get32(st[24:]) != modeSocket|0o755 {
		t.Errorf("mode %o", get32(st[24:]))
	}
	s.must(t, "rename", "/tmp/s", "/tmp/moved")
	moved := at("/tmp/moved")
	s.must(t, "connect", other, moved, len(moved))
	s.must(t, "close", listener)
	last := s.must(t, "socket", FamilyUnix, KindStream, 0)
	for path, want := range map[string]Errno{"/tmp/moved": ECONNREFUSED, "/tmp/s": ENOENT, "/etc/hosts": ECONNREFUSED, "/etc/hosts/x": ENOTDIR} {
		b := at(path)
		if _, e := s.do("connect", last, b, len(b)); e != want {
			t.Errorf("%s: errno %d, want %d", path, e, want)
		}
	}
}
