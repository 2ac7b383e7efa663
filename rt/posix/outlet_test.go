// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// Files that are handed out.

package posix

import (
	"strings"
	"testing"
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
}
