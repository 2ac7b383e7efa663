// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// What a program is told about itself, its clocks and its memory.

package posix

import (
	"bytes"
	"testing"
)

func TestIdentity(t *testing.T) {
	s, _ := newSystem()
	for name, want := range map[string]int{
		"getpid": 1, "getppid": 0, "gettid": 7, "getuid": 0, "getgid": 0, "geteuid": 0, "getegid": 0,
		"getpgrp": 1, "getpgid": 1, "getsid": 1, "getgroups": 0, "getpriority": 20, "sched_yield": 0, "sync": 0,
	} {
		if got := s.must(t, name); got != want {
			t.Errorf("%s gave %d, want %d", name, got, want)
		}
	}
	s.must(t, "setuid", 0)
	s.must(t, "setresgid", -1, 0, -1)
	for name, want := range map[string]Errno{"setuid": EPERM, "setreuid": EPERM, "setgroups": EPERM, "getpgid": ESRCH, "wait4": ECHILD} {
		if _, e := s.do(name, 1000, nil, nil); e != want {
			t.Errorf("%s: errno %d, want %d", name, e, want)
		}
	}
	ids := bytes.Repeat([]byte{0xff}, 12)
	s.must(t, "getresuid", ids[0:], ids[4:], ids[8:])
	if !bytes.Equal(ids, make([]byte, 12)) {
		t.Errorf("getresuid: % x", ids)
	}
	s.must(t, "umask", 0o77)
	if mask := s.must(t, "umask", 0); mask != 0o77 {
		t.Errorf("umask %o", mask)
	}
}

func TestUname(t *testing.T) {
	s, _ := newSystem()
	b := make([]byte, 6*nameField)
	s.must(t, "uname", b)
	var fields []string
	for i := range 6 {
		name, _, _ := bytes.Cut(b[i*nameField:(i+1)*nameField], []byte{0})
		fields = append(fields, string(name))
	}
	want := []string{"Linux", "guest", "6.1.0-domlet", "#1 domlet", "x86_64", "(none)"}
	for i := range want {
		if fields[i] != want[i] {
			t.Errorf("field %d is %q, want %q", i, fields[i], want[i])
		}
	}
}

func TestMachine(t *testing.T) {
	s, _ := newSystem()
	info := make([]byte, 112)
	s.must(t, "sysinfo", info)
	if get64(info[32:]) != 64<<20 || get64(info[40:]) != 16<<20 || get32(info[104:]) != 1 {
		t.Errorf("sysinfo % x", info)
	}
	usage := make([]byte, 144)
	s.must(t, "getrusage", 0, usage)
	if get64(usage) != 3 || get64(usage[8:]) != 500_000 || get64(usage[32:]) != 48<<10 {
		t.Errorf("getrusage % x", usage)
	}
	mask := make([]byte, 16)
	if n := s.must(t, "sched_getaffinity", 0, 16, mask); n != 8 || mask[0] != 7 {
		t.Errorf("sched_getaffinity gave %d, % x", n, mask)
	}
	if _, e := s.do("sched_getaffinity", 0, 4, mask); e != EINVAL {
		t.Errorf("short mask: errno %d", e)
	}
	s.must(t, "getcpu", mask, nil)
	if get32(mask) != 0 {
		t.Errorf("cpu %d", get32(mask))
	}
}

func TestClocks(t *testing.T) {
	s, k := newSystem()
	k.now = 12*second + 345
	b := make([]byte, 16)
	for id, want := range map[int][2]uint64{
		clockRealtime:     {1_700_000_000, 123_456_789},
		clockMonotonic:    {12, 345},
		clockBoot:         {12, 345},
		clockProcessCPU:   {3, 500_000_000},
		clockMonotonicRaw: {12, 345},
	} {
		s.must(t, "clock_gettime", id, b)
		if get64(b) != want[0] || get64(b[8:]) != want[1] {
			t.Errorf("clock %d shows %d.%09d", id, get64(b), get64(b[8:]))
		}
	}
	if _, e := s.do("clock_gettime", 99, b); e != EINVAL {
		t.Errorf("no such clock: errno %d", e)
	}
	s.must(t, "gettimeofday", b, nil)
	if get64(b) != 1_700_000_000 || get64(b[8:]) != 123_456 {
		t.Errorf("gettimeofday %d.%06d", get64(b), get64(b[8:]))
	}
	if sec := s.must(t, "time", nil); sec != 1_700_000_000 {
		t.Errorf("time %d", sec)
	}
	if ticks := s.must(t, "times", make([]byte, 32)); ticks != 1200 {
		t.Errorf("times %d", ticks)
	}
}

// interval is a struct timespec in memory.
func interval(sec, nsec int64) []byte {
	b := timespec(sec, nsec)
	return b[:]
}

func TestSleep(t *testing.T) {
	for _, c := range []struct {
		name string
		args []any
		want int64
		e    Errno
	}{
		{"nanosleep", []any{interval(2, 5), nil}, 2*second + 5, 0},
		{"nanosleep", []any{interval(0, 0), nil}, 0, 0},
		{"nanosleep", []any{interval(-1, 0), nil}, 0, EINVAL},
		{"nanosleep", []any{interval(0, second), nil}, 0, EINVAL},
		{"nanosleep", []any{interval(1<<62, 0), nil}, 1<<63 - 1, 0},
		{"clock_nanosleep", []any{clockMonotonic, 0, interval(1, 0), nil}, second, 0},
		{"clock_nanosleep", []any{clockMonotonic, timerAbsTime, interval(100, 7), nil}, 0*second + 7, 0},
		{"clock_nanosleep", []any{clockMonotonic, timerAbsTime, interval(99, 999), nil}, 0, 0},
		{"clock_nanosleep", []any{clockRealtime, timerAbsTime, interval(0, 0), nil}, 0, 0},
		{"clock_nanosleep", []any{77, 0, interval(1, 0), nil}, 0, EINVAL},
	} {
		s, k := newSystem()
		k.now = 100 * second
		if _, e := s.do(c.name, c.args...); e != c.e || k.slept != c.want {
			t.Errorf("%s%v: slept %d, errno %d; want %d, %d", c.name, c.args, k.slept, e, c.want, c.e)
		}
	}
}

func TestRandom(t *testing.T) {
	s, _ := newSystem()
	b := make([]byte, 4)
	if n := s.must(t, "getrandom", b, 4, 0); n != 4 || !bytes.Equal(b, []byte{1, 2, 3, 4}) {
		t.Errorf("%d bytes: % x", n, b)
	}
	if _, e := s.do("getrandom", b, 4, 8); e != EINVAL {
		t.Errorf("unknown flag: errno %d", e)
	}
}

func TestSignalsAndExit(t *testing.T) {
	s, k := newSystem()
	for _, c := range []struct {
		name   string
		args   []any
		thread int
		sig    int
		e      Errno
	}{
		{"kill", []any{1, 15}, 0, 15, 0},
		{"kill", []any{0, 2}, 0, 2, 0},
		{"kill", []any{1, 0}, 0, 0, 0},
		{"kill", []any{1, 65}, 0, 0, EINVAL},
		{"kill", []any{4, 15}, 0, 0, ESRCH},
		{"tgkill", []any{1, 7, 10}, 7, 10, 0},
		{"tgkill", []any{2, 7, 10}, 0, 0, ESRCH},
		{"tgkill", []any{1, 0, 10}, 0, 0, EINVAL},
		{"tkill", []any{7, 12}, 7, 12, 0},
		{"tkill", []any{7, 65}, 0, 0, EINVAL},
	} {
		k.signal, k.signalled = 0, 0
		if _, e := s.do(c.name, c.args...); e != c.e || k.signal != c.sig || k.signalled != c.thread {
			t.Errorf("%s%v: signal %d to %d, errno %d", c.name, c.args, k.signal, k.signalled, e)
		}
	}
	s.do("exit_group", 0x103)
	if k.code != 3 {
		t.Errorf("exit code %d", k.code)
	}
}

func TestMemoryCalls(t *testing.T) {
	s, _ := newSystem()
	if r := s.must(t, "mmap", 5, 1, 3, mapAnonymous, -1, 0); r != callMmap<<12+5 {
		t.Errorf("mmap gave %#x", r)
	}
	for _, c := range []struct {
		name string
		args []any
		want Errno
	}{
		{"mmap", []any{0, 0, 3, mapAnonymous, -1, 0}, EINVAL},
		{"mmap", []any{0, 1, 3, 2, 1, 0}, ENODEV},
		{"mmap", []any{0, 1, 3, 2, 9, 0}, EBADF},
		{"munmap", []any{0, 1}, 0},
		{"madvise", []any{0, 0, 4}, EINVAL},
		{"mprotect", []any{0, 1, 1}, 0},
	} {
		if _, e := s.do(c.name, c.args...); e != c.want {
			t.Errorf("%s%v: errno %d, want %d", c.name, c.args, e, c.want)
		}
	}
}

func TestVectors(t *testing.T) {
	s, k := newSystem()
	list := vectorsOf([]byte("one "), nil, []byte("two "), []byte("three\n"))
	if n := s.must(t, "writev", 1, list, len(list)); n != 14 || string(k.out) != "one two three\n" {
		t.Errorf("wrote %d: %q", n, k.out)
	}
	k.typed("abcdef\n")
	a, b := make([]byte, 3), make([]byte, 5)
	if n := s.must(t, "readv", 0, vectorsOf(a, b), 2); n != 7 || string(a)+string(b[:4]) != "abcdef\n" {
		t.Errorf("read %d: %q %q", n, a, b)
	}
}

// TestStatLayout looks at a device through both forms of stat.
func TestStatLayout(t *testing.T) {
	s, _ := newSystem()
	st, stx := make([]byte, statSize), make([]byte, statxSize)
	s.must(t, "newfstatat", atCWD, "/dev/null", st, 0)
	s.must(t, "statx", atCWD, "/dev/null", 0, statxBasic, stx)
	if mode := get32(st[24:]); mode != modeDevice|0o666 {
		t.Errorf("mode %o", mode)
	}
	if get64(st[40:]) != 0x103 || get32(stx[128:]) != 1 || get32(stx[132:]) != 3 {
		t.Errorf("device %#x, %d:%d", get64(st[40:]), get32(stx[128:]), get32(stx[132:]))
	}
	if get64(st[8:]) != get64(stx[32:]) || get32(stx[28:])&0xffff != modeDevice|0o666 {
		t.Error("stat and statx differ")
	}
	r, _ := s.testPipe(t, 0)
	s.must(t, "newfstatat", r, "", st, atEmptyPath)
	if mode := get32(st[24:]); mode != modePipe|0o600 {
		t.Errorf("mode of a pipe %o", mode)
	}
	for _, c := range [][]any{{atCWD, "/", st, 0x40000}, {1, "dev", st, 0}, {r, "", st, 0}} {
		if _, e := s.do("newfstatat", c...); e == 0 {
			t.Errorf("newfstatat(%v, %q) succeeded", c[0], c[1])
		}
	}
}
