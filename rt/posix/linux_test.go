// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build linux && amd64 && !domlet

// The same calls here and in the Linux kernel this test runs on: random
// sequences over pipes and descriptors, and fixed lists of paths. Every result
// must be the same.

package posix

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// base is where Linux's descriptors of the test begin; ours begin at 3, so a
// number here is base-3 less than there.
const base = 500

// linux makes a call in the host's kernel. Arguments are do's.
func linux(name string, list ...any) (int, Errno) {
	r, e := callLinux(numbers[name], list...)
	return r, Errno(e)
}

// twin runs one program in both kernels.
type twin struct {
	t   *testing.T
	s   *system
	log []string
}

// both makes a call here and there and compares result, errno and memory.
// Arguments of type number are shifted.
func (w *twin) both(name string, list ...any) int {
	w.t.Helper()
	ours, theirs := make([]any, len(list)), make([]any, len(list))
	for i, v := range list {
		switch v := v.(type) {
		case number:
			ours[i], theirs[i] = int(v), int(v)
			if v >= 0 {
				theirs[i] = int(v) + base - 3
			}
		case []byte:
			ours[i], theirs[i] = bytes.Clone(v), bytes.Clone(v)
		default:
			ours[i], theirs[i] = v, v
		}
	}
	r, e := w.s.do(name, ours...)
	lr, le := linux(name, theirs...)
	if name == "dup3" || name == "fcntl" && (list[1] == fDupFD || list[1] == fDupFDCloexec) {
		lr -= base - 3
	}
	if e != 0 || le != 0 {
		r, lr = 0, 0
	}
	w.log = append(w.log, fmt.Sprintf("%s%v = %d, errno %d", name, brief(list), lr, le))
	if r != lr || e != le {
		w.fail("ours: %d, errno %d", r, e)
	}
	for i := range ours {
		if b, ok := ours[i].([]byte); ok && !bytes.Equal(b, theirs[i].([]byte)) {
			w.fail("argument %d: ours % x, Linux's % x", i, b, theirs[i])
		}
	}
	return r
}

// number is a descriptor as we count it.
type number int

// brief leaves the bytes of buffers out.
func brief(list []any) []any {
	var short []any
	for _, v := range list {
		if b, ok := v.([]byte); ok {
			v = fmt.Sprintf("[%d]", len(b))
		}
		short = append(short, v)
	}
	return short
}

func (w *twin) fail(format string, list ...any) {
	w.t.Helper()
	for _, line := range w.log[max(0, len(w.log)-12):] {
		w.t.Log(line)
	}
	w.t.Fatalf(format, list...)
}

// pipe makes a pipe in both.
func (w *twin) pipe(flags int) {
	ours, theirs := make([]byte, 8), make([]byte, 8)
	_, e := w.s.do("pipe2", ours, flags)
	_, le := linux("pipe2", theirs, flags)
	if e != le {
		w.fail("pipe2(%#x): ours errno %d, Linux's %d", flags, e, le)
	}
	if e != 0 {
		return
	}
	command := fDupFD
	if flags&oCloexec != 0 {
		command = fDupFDCloexec
	}
	for i := 0; i < 8; i += 4 {
		low := int(get32(theirs[i:]))
		high, _ := linux("fcntl", low, command, base)
		linux("close", low)
		if got := int(get32(ours[i:])); got != high-base+3 {
			w.fail("pipe2: ours %d, Linux's %d", got, high-base+3)
		}
	}
	w.log = append(w.log, fmt.Sprintf("pipe2(%#x)", flags))
	w.tidy(int(get32(ours)))
	w.tidy(int(get32(ours[4:])))
}

// tidy closes fd when it is above the range the steps choose from.
func (w *twin) tidy(fd int) {
	if fd > 16 {
		w.both("close", number(fd))
	}
}

// step makes one random call. Descriptors stay in a small range, so that
// numbers are reused and most calls hit an open one. All pipes are
// nonblocking: nothing here may wait.
func (w *twin) step(rnd *rand.Rand) {
	fd := number(3 + rnd.IntN(14))
	size := []int{0, 1, 4096, 4097, 8192, 20000, 65536}[rnd.IntN(7)] // whole pages fill Linux's pipe evenly
	switch rnd.IntN(14) {
	case 0:
		w.pipe([]int{oNonblock, oNonblock | oCloexec, oNonblock | 1}[rnd.IntN(3)])
	case 1:
		w.both("close", fd)
	case 2:
		w.tidy(w.both("fcntl", fd, []int{fDupFD, fDupFDCloexec}[rnd.IntN(2)], number(3+rnd.IntN(14))))
	case 3:
		w.both("dup3", fd, number(3+rnd.IntN(14)), []int{0, oCloexec, oAppend}[rnd.IntN(3)])
	case 4, 5, 6:
		if size%4096 != 0 {
			size = 4096
		}
		w.both("write", fd, bytes.Repeat([]byte{byte(rnd.Uint32())}, size), size)
	case 7, 8:
		w.both("read", fd, make([]byte, max(size, 1)), size&^4095)
	case 9:
		w.both("fcntl", fd, fGetFD, 0)
		w.both("fcntl", fd, fGetFL, 0)
	case 10:
		w.both("fcntl", fd, fSetFD, rnd.IntN(2))
		w.both("fcntl", fd, fSetFL, oNonblock|rnd.IntN(2)*oAppend|rnd.IntN(2)*oExclusive)
	case 11:
		w.both("lseek", fd, rnd.IntN(100), rnd.IntN(7)-1)
		w.both("pread64", fd, make([]byte, 8), 8, rnd.IntN(3))
		w.both("pwrite64", fd, make([]byte, 8), 8, rnd.IntN(3))
	case 12:
		w.both("ioctl", fd, []int{ioctlPending, ioctlCloexec, ioctlNoCloexec, 0x5401}[rnd.IntN(4)], make([]byte, 64))
		w.both("fcntl", fd, fGetPipeSize, 0)
	case 13:
		w.both("fsync", fd)
		w.both("getdents64", fd, make([]byte, 64), 64)
	}
}

func TestPipesAsOnLinux(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	s, _ := newSystem()
	w := &twin{t: t, s: s}
	defer linux("close_range", base, base+MaxDescriptors, 0)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 20_000 {
		w.step(rnd)
	}
}

// TestPathsAsOnLinux opens and describes names that exist on both.
func TestPathsAsOnLinux(t *testing.T) {
	s, _ := newSystem()
	names := []string{
		"/", "/dev", "/dev/", "/dev/.", "//dev//null", "/dev/null", "/dev/null/", "/dev/null/.", "/dev/null/..",
		"/dev/../dev/zero", "/dev/full", "/dev/urandom", "/dev/random", "/no-such-name", "/no-such-name/x", "", "/dev/no-such-name/",
	}
	flags := []int{
		oReadOnly, oDirectory, oNoFollow, oPath, oDirectory | oPath, oReadWrite | oAppend | oPath, oNonblock, oAppend | oReadWrite, oWriteOnly,
		oReadWrite | oTruncate, oWriteOnly | oDirectory, oCloexec | oCreate | oExclusive,
	}
	for _, name := range names {
		for _, flag := range flags {
			compareOpen(t, s, name, flag)
		}
		for mode := range 3 {
			if mode == 2 && !bytes.Contains([]byte(name), []byte("/dev/")) {
				continue // our root is read-only
			}
			_, e := s.do("faccessat", atCWD, name, mode)
			if _, le := linux("faccessat", atCWD, name, mode); e != le && mode != 2 {
				t.Errorf("faccessat(%q, %d): errno %d, on Linux %d", name, mode, e, le)
			}
		}
	}
}

// compareOpen opens name in both and compares what the descriptor says.
func compareOpen(t *testing.T, s *system, name string, flag int) {
	t.Helper()
	if flag&oCreate != 0 && (name == "" || name[len(name)-1] != 'l') {
		return // would make a file on the host
	}
	fd, e := s.do("openat", atCWD, name, flag, 0)
	lfd, le := linux("openat", atCWD, name, flag, 0)
	if e != le {
		t.Errorf("open(%q, %#x): errno %d, on Linux %d", name, flag, e, le)
	}
	if e != 0 || le != 0 {
		return
	}
	defer linux("close", lfd)
	defer s.do("close", fd)
	ours, theirs := make([]byte, statSize), make([]byte, statSize)
	s.must(t, "fstat", fd, ours)
	linux("fstat", lfd, theirs)
	if a, b := get32(ours[24:])&modeType, get32(theirs[24:])&modeType; a != b {
		t.Errorf("%s: type %o, on Linux %o", name, a, b)
	}
	if a, b := get64(ours[40:]), get64(theirs[40:]); a != b {
		t.Errorf("%s: device %#x, on Linux %#x", name, a, b)
	}
	a := s.must(t, "fcntl", fd, fGetFL, 0)
	if b, _ := linux("fcntl", lfd, fGetFL, 0); a != b {
		t.Errorf("open(%q, %#x): flags %#x, on Linux %#x", name, flag, a, b)
	}
	for _, whence := range []int{-1, seekStart, seekCurrent, seekHole + 1} {
		_, e := s.do("lseek", fd, 0, whence)
		_, le := linux("lseek", lfd, 0, whence)
		if e != le {
			t.Errorf("lseek(%q, %#x, %d): errno %d, on Linux %d", name, flag, whence, e, le)
		}
	}
}
