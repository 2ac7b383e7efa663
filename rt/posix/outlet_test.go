// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// Files that are handed out.

package posix

import (
	"strings"
	"testing"

	"github.com/u-root/u-root/pkg/cpio"
)

// outletSystem has two outlets, the second in directories that nothing else needs.
func outletSystem() (*system, *fakeKernel) {
	s, k := newSystem()
	k.line = "files.out=/profile files.out=/a/b/c --"
	return s, k
}

func TestOutlet(t *testing.T) {
	s, k := outletSystem()
	fd := s.must(t, "openat", atCWD, "/a/b/c", oWriteOnly|oCreate|oTruncate, 0o644)
	s.must(t, "write", fd, []byte("hi"), 2)
	s.must(t, "write", 1, []byte("text"), 4)
	s.must(t, "write", fd, []byte{0xff}, 1)
	want := "\x1b_domlet:1:0:6869\x1b\\text\x1b_domlet:1:2:ff\x1b\\"
	if string(k.out) != want {
		t.Errorf("the console has %q, want %q", k.out, want)
	}
}

// TestOutletIsWhole sees that what nobody reads is an error, not a hole.
func TestOutletIsWhole(t *testing.T) {
	s, k := outletSystem()
	fd := s.must(t, "openat", atCWD, "/profile", oWriteOnly, 0)
	k.ring = 100
	if _, e := s.do("write", fd, []byte(strings.Repeat("x", 300)), 300); e != EIO {
		t.Errorf("errno %d, want %d", e, EIO)
	}
	lost := len(frame(0, 0, make([]byte, 300))) - len(k.out)
	k.ring = 1000
	s.must(t, "write", 1, []byte("text\n"), 5)
	if want := "\ndomlet: console: " + decimal(lost) + " bytes dropped\ntext\n"; !strings.HasSuffix(string(k.out), want) {
		t.Errorf("the console ends %q, want %q", k.out[max(0, len(k.out)-len(want)-8):], want)
	}
}

// TestOutletOverFile: what an earlier run handed out may have come back in the ramdisk; it is
// handed out anew. A directory stays.
func TestOutletOverFile(t *testing.T) {
	s, k := withRamdisk(pack(t, cpio.StaticFile("a/b", "old", 0o444), cpio.Symlink("c", "a/b"), cpio.Directory("d", 0o755)),
		"files.out=/a/b files.out=/c files.out=/d")
	for i, path := range []string{"/a/b", "/c"} {
		k.out = k.out[:0]
		fd := s.must(t, "openat", atCWD, path, oWriteOnly|oCreate|oTruncate, 0o644)
		s.must(t, "write", fd, []byte("hi"), 2)
		if want := string(frame(i, 0, []byte("hi"))); string(k.out) != want {
			t.Errorf("%s: the console has %q, want %q", path, k.out, want)
		}
	}
	s.must(t, "rmdir", "/d")
}
