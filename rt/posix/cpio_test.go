// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// The ramdisk: what u-root's writer makes is read here, and what is no archive
// is refused in one line.

package posix

import (
	"bytes"
	"strings"
	"testing"

	"github.com/u-root/u-root/pkg/cpio"
)

// pack makes an archive.
func pack(t testing.TB, records ...cpio.Record) []byte {
	t.Helper()
	var b bytes.Buffer
	w := cpio.Newc.Writer(&b)
	if err := cpio.WriteRecords(w, records); err != nil {
		t.Fatal(err)
	}
	if err := cpio.WriteTrailer(w); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withRamdisk is a system that was started with one.
func withRamdisk(disk []byte, line string) (*system, *fakeKernel) {
	s, k := newSystem()
	k.disk, k.line, k.ring = disk, line, 1<<20
	return s, k
}

func (s *system) readAll(t *testing.T, path string) string {
	t.Helper()
	fd := s.must(t, "openat", atCWD, path, oReadOnly, 0)
	defer s.must(t, "close", fd)
	b := make([]byte, 1<<16)
	return string(b[:s.must(t, "read", fd, b, len(b))])
}

// sample has what archives have.
func sample(t testing.TB) []byte {
	linked := cpio.StaticFile("deep/linked", "one\n", 0o644)
	linked.Ino, linked.NLink = 77, 2
	again := linked
	again.Name, again.ReaderAt, again.FileSize = "again", bytes.NewReader(nil), 0
	return pack(t,
		cpio.Directory("dir", 0o750), cpio.StaticFile("dir/file", strings.Repeat("text\n", 2000), 0o640),
		cpio.Symlink("link", "dir/file"), linked, again, cpio.StaticFile("etc/hosts", "10.0.0.1 own\n", 0o600),
		cpio.CharDev("dev/null", 0o666, 1, 3), cpio.StaticFile("empty", "", 0o644))
}

// TestOtherProc: a ramdisk may have something of its own where /proc would be.
func TestOtherProc(t *testing.T) {
	s, _ := withRamdisk(pack(t, cpio.StaticFile("proc", "mine\n", 0o644)), "")
	if text := s.readAll(t, "/proc"); text != "mine\n" {
		t.Errorf("/proc holds %q", text)
	}
	s.must(t, "rename", "/proc", "/other")
	s.must(t, "mkdir", "/proc", 0o755)
	s.must(t, "rmdir", "/proc")
}

func TestRamdisk(t *testing.T) {
	disk := sample(t)
	before := bytes.Clone(disk)
	s, _ := withRamdisk(disk, "files.cd=/dir")
	if got := s.readAll(t, "file"); got != strings.Repeat("text\n", 2000) {
		t.Errorf("file, relative to files.cd: %d bytes", len(got))
	}
	for path, want := range map[string]string{"/again": "one\n", "/deep/linked": "one\n", "/etc/hosts": "10.0.0.1 own\n", "/empty": "", "/dev/null": ""} {
		if got := s.readAll(t, path); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
	b := make([]byte, statSize)
	s.must(t, "lstat", "/again", b)
	if links := get64(b[16:]); links != 2 {
		t.Errorf("again: %d links", links)
	}
	s.must(t, "stat", "/link", b)
	if mode, size := get32(b[24:]), get64(b[48:]); mode != modeRegular|0o640 || size != 10000 {
		t.Errorf("link: %o, %d bytes", mode, size)
	}
	fd := s.must(t, "openat", atCWD, "/dir/file", oReadWrite, 0)
	s.must(t, "pwrite64", fd, []byte("NEW"), 3, 4094)
	s.must(t, "ftruncate", fd, 5000)
	s.must(t, "ftruncate", fd, 10000)
	want := []byte(strings.Repeat("text\n", 1000) + strings.Repeat("\x00", 5000))
	copy(want[4094:], "NEW")
	if got := s.readAll(t, "/dir/file"); got != string(want) {
		t.Error("the file is not what was written into it")
	}
	if !bytes.Equal(disk, before) {
		t.Error("the ramdisk was written to")
	}
}

func TestBadRamdisk(t *testing.T) {
	good := sample(t)
	bad := map[string][]byte{
		"no archive":    []byte(strings.Repeat("not an archive", 20)),
		"gzip":          append([]byte{0x1f, 0x8b, 8, 0}, make([]byte, 200)...),
		"cut in a file": good[:len(good)/2],
		"cut in a head": good[:50],
		"digits":        append([]byte("070701"+strings.Repeat("z", 8)), good[14:]...),
		"up":            pack(t, cpio.Record{Info: cpio.Info{Name: "x/../../y", Mode: modeRegular | 0o644}}),
		"under a file":  pack(t, cpio.StaticFile("a", "x", 0o644), cpio.StaticFile("a/b", "x", 0o644)),
		"two kinds":     append(pack(t, cpio.StaticFile("a", "x", 0o644)), pack(t, cpio.Directory("a", 0o755))...),
	}
	for name, disk := range bad {
		s, k := withRamdisk(disk, "")
		s.do("openat", atCWD, "/etc/passwd", 0, 0)
		line := string(k.out)
		if k.code != codeRamdisk || !strings.HasPrefix(line, "domlet: ramdisk: ") || strings.Count(line, "\n") != 1 || !strings.Contains(line, "mkimage -files") {
			t.Errorf("%s: code %d, %q", name, k.code, line)
		}
	}
}

func FuzzRamdisk(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte(cpioMagic))
	f.Add(sample(f)[:300])
	f.Fuzz(func(t *testing.T, disk []byte) {
		s, k := withRamdisk(disk, "")
		s.files()
		if k.code == -1 && s.readAll(t, "/proc/self/cmdline") != "domlet\x00" {
			t.Error("no tree, and no word about it")
		}
		walkAll(t, s, s.tree.root, 0)
	})
}

// walkAll reads everything there is below n.
func walkAll(t *testing.T, s *system, n *inode, depth int) {
	if depth > 3000 {
		t.Fatal("the tree has no end")
	}
	for _, e := range n.names.list {
		if e.node.directory() {
			walkAll(t, s, e.node, depth+1)
			continue
		}
		b := make([]byte, 64)
		e.node.content.read(b, max(e.node.content.size-64, 0))
	}
}

func TestRoom(t *testing.T) {
	s, _ := withRamdisk(nil, "files.limit=1M")
	before := s.files().room.left.Load()
	if before > 1<<20 || before < 1<<19 {
		t.Errorf("%d bytes are left of 1 MiB", before)
	}
	fd := s.must(t, "openat", atCWD, "/tmp/big", oCreate|oReadWrite, 0o600)
	b := make([]byte, 1<<21)
	if n := s.must(t, "write", fd, b, len(b)); n == 0 || n > 1<<20 {
		t.Errorf("wrote %d bytes", n)
	}
	if _, e := s.do("write", fd, b, 5000); e != ENOSPC {
		t.Errorf("a full file system: errno %d", e)
	}
	if _, e := s.do("fallocate", fd, 0, 0, 1<<40); e != ENOSPC {
		t.Errorf("a reservation: errno %d", e)
	}
	s.must(t, "unlink", "/tmp/big")
	if left := s.tree.room.left.Load(); left > 1<<19 {
		t.Errorf("%d bytes came back while the file is open", left)
	}
	s.must(t, "close", fd)
	for i := range 1000 {
		s.must(t, "mkdir", "/tmp/"+decimal(i), 0o755)
		if i%2 == 0 {
			s.must(t, "rename", "/tmp/"+decimal(i), "/tmp/longer-"+decimal(i))
			s.must(t, "rmdir", "/tmp/longer-"+decimal(i))
		} else {
			s.must(t, "rmdir", "/tmp/"+decimal(i))
		}
	}
	s.must(t, "symlink", "where/ever", "/tmp/link")
	s.must(t, "unlink", "/tmp/link")
	if after := s.tree.room.left.Load(); after != before {
		t.Errorf("%d bytes at first, %d when all is gone", before, after)
	}
}

// TestStatfs has the numbers of statfs follow what is written.
func TestStatfs(t *testing.T) {
	s, _ := withRamdisk(nil, "files.limit=1M")
	b := make([]byte, statfsSize)
	free := func() uint64 {
		s.must(t, "statfs", "/tmp", b)
		return get64(b[24:])
	}
	before := free()
	if kind, size, all := get64(b), get64(b[8:]), get64(b[16:]); kind != kindTree || size != pageSize || all != 1<<20/pageSize || before > all {
		t.Errorf("kind %#x, %d pages of %d bytes, %d free", kind, all, size, before)
	}
	fd := s.must(t, "openat", atCWD, "/tmp/x", oCreate|oReadWrite, 0o600)
	s.must(t, "write", fd, make([]byte, 10*pageSize), 10*pageSize)
	s.must(t, "fstatfs", fd, b)
	if after := get64(b[24:]); after > before-10 || after < before-11 || after != free() {
		t.Errorf("%d pages free before ten were written, %d after", before, after)
	}
	if _, e := s.do("statfs", "/nowhere", b); e != ENOENT {
		t.Errorf("no such file: errno %d", e)
	}
	pair := make([]byte, 8)
	s.must(t, "pipe2", pair, 0)
	if s.must(t, "fstatfs", int(get32(pair)), b); get64(b) != kindPipes || get64(b[16:]) != 0 {
		t.Errorf("a pipe is in a file system of kind %#x with %d pages", get64(b), get64(b[16:]))
	}
}
