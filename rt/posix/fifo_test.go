// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build linux && amd64 && !domlet

// Pipes with a name, here and in the Linux kernel this test runs on.

package posix

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"

	"github.com/domlet/domlet/rt/posix/filetest"
)

// fifoStory makes random calls on the nonblocking ends of one named pipe and tells
// what they return.
func fifoStory(call filetest.Caller, path string, seed uint64) (lines []string) {
	tell := func(name string, e syscall.Errno, list ...any) { lines = append(lines, fmt.Sprint(name, list, int(e))) }
	rnd := rand.New(rand.NewPCG(seed, 0))
	fd := [4]int{-1, -1, -1, -1}
	_, e := call(syscall.SYS_MKNODAT, atCWD, path, modePipe|0o600, 0)
	tell("mkfifo", e)
	for range 300 {
		i := rnd.IntN(len(fd))
		b := bytes.Repeat([]byte{byte(rnd.IntN(256))}, 1+rnd.IntN(4096))
		switch rnd.IntN(5) {
		case 0:
			if fd[i] >= 0 {
				call(syscall.SYS_CLOSE, fd[i])
			}
			access := rnd.IntN(3)
			fd[i], e = call(syscall.SYS_OPENAT, atCWD, path, access|oNonblock, 0)
			tell("open", e, i, access)
			if e != 0 {
				fd[i] = -1
			}
		case 1:
			call(syscall.SYS_CLOSE, fd[i])
			fd[i] = -1
		case 2, 3:
			n, e := call(syscall.SYS_READ, fd[i], b, len(b))
			tell("read", e, i, n, b)
		case 4:
			if rnd.IntN(2) == 0 {
				b = b[:1]
			}
			n, e := call(syscall.SYS_WRITE, fd[i], b, len(b))
			tell("write", e, i, n)
		}
	}
	for _, one := range fd {
		call(syscall.SYS_CLOSE, one)
	}
	return lines
}

func TestNamedPipesAsOnLinux(t *testing.T) { compareStories(t, fifoStory) }

// compareStories has a story of random calls about one file told here and by the
// kernel that the test runs on, with fifty seeds.
func compareStories(t *testing.T, story func(call filetest.Caller, path string, seed uint64) []string) {
	t.Helper()
	for range 50 {
		seed := rand.Uint64()
		theirs := story(callLinux, t.TempDir()+"/file", seed)
		s, _ := newSystem()
		ours := story(s.callOurs, "/tmp/file", seed)
		for i := range ours {
			if ours[i] != theirs[i] {
				t.Fatalf("seed %d, step %d:\nours:    %.200s\nLinux's: %.200s", seed, i, ours[i], theirs[i])
			}
		}
	}
}

// TestOpenWaits: an open waits for the other end.
func TestOpenWaits(t *testing.T) {
	s, _ := newSystem()
	s.must(t, "mknod", "/tmp/fifo", modePipe|0o600, 0)
	var wait sync.WaitGroup
	wait.Go(func() {
		fd := s.must(t, "openat", atCWD, "/tmp/fifo", oWriteOnly, 0)
		s.must(t, "write", fd, []byte("hello"), 5)
		s.must(t, "close", fd)
	})
	fd := s.must(t, "openat", atCWD, "/tmp/fifo", oReadOnly, 0)
	b := make([]byte, 10)
	if n := s.must(t, "read", fd, b, 10); string(b[:n]) != "hello" {
		t.Errorf("read %q", b[:n])
	}
	if n := s.must(t, "read", fd, b, 10); n != 0 {
		t.Errorf("%d bytes behind the end", n)
	}
	wait.Wait()
}
