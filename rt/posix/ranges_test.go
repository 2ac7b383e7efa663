// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build linux && amd64 && !domlet

// Locks on ranges, here and in the Linux kernel this test runs on.

package posix

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/domlet/domlet/rt/posix/filetest"
)

func TestRangeLocksAsOnLinux(t *testing.T) { compareStories(t, rangeStory) }

// rangeStory has four descriptors, two of one open file, lock and ask for ranges
// of a few bytes, so that they touch, cover and split each other.
func rangeStory(call filetest.Caller, path string, seed uint64) (lines []string) {
	rnd := rand.New(rand.NewPCG(seed, 0))
	var fd [4]int
	for i := range 3 {
		fd[i], _ = call(syscall.SYS_OPENAT, atCWD, path, oCreate|oReadWrite, 0o600)
	}
	fd[3], _ = call(syscall.SYS_FCNTL, fd[0], fDupFD, 0)
	call(syscall.SYS_WRITE, fd[0], make([]byte, 20), 20)
	for range 400 {
		i, command := rnd.IntN(len(fd)), fSetRange
		b := make([]byte, lockSize)
		b[0] = byte([]int{lockForRead, lockForWrite, lockFree}[rnd.IntN(3)])
		if b[0] != lockFree && rnd.IntN(2) == 0 {
			command = fGetRange
		}
		b[2] = byte(rnd.IntN(3))
		put64(b[8:], uint64(rnd.IntN(20)-4))
		put64(b[16:], uint64(rnd.IntN(12)-4))
		asked := fmt.Sprintf("%x", b)
		_, e := call(syscall.SYS_FCNTL, fd[i], command, b)
		lines = append(lines, fmt.Sprintf("%d %d %s: %d %x", i, command, asked, e, b))
		if rnd.IntN(40) == 0 {
			call(syscall.SYS_CLOSE, fd[i])
			fd[i], e = call(syscall.SYS_OPENAT, atCWD, path, oReadWrite, 0)
			lines = append(lines, fmt.Sprint("opened again: ", i, int(e)))
		}
	}
	for _, one := range fd {
		call(syscall.SYS_CLOSE, one)
	}
	return lines
}
