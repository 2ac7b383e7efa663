// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// Test helper: makes a call the way the overlaid package syscall does.

package posix

import (
	"strings"
	"testing"
	"unsafe"
)

// newSystem returns a started system over a fake kernel.
func newSystem() (*system, *fakeKernel) {
	k := newFakeKernel()
	s := new(system)
	s.start(k)
	return s, k
}

// do makes call name of the table with the given arguments: int, uint32,
// uintptr (as a word), []byte or string (as a pointer to its bytes; a string
// is given its NUL) or nil.
func (s *system) do(name string, list ...any) (int, Errno) {
	nr := numbers[name]
	noteMade(nr)
	a := arguments{nr: nr}
	for i, v := range list {
		switch v := v.(type) {
		case int:
			a.word[i] = uintptr(v)
		case uint32:
			a.word[i] = uintptr(v)
		case uintptr:
			a.word[i] = v
		case string:
			a.pointer[i] = unsafe.Pointer(unsafe.StringData(v + "\x00"))
		case []byte:
			a.pointer[i] = unsafe.Pointer(unsafe.SliceData(v))
		case []vector:
			a.pointer[i] = unsafe.Pointer(unsafe.SliceData(v))
		case nil:
		}
		if a.pointer[i] != nil {
			a.word[i] = uintptr(a.pointer[i])
		}
		if entries[index[nr]].pointers>>i&1 == 0 {
			a.pointer[i] = nil
		}
	}
	r, e := s.call(&a)
	return int(r), e
}

// must is do for calls that cannot fail.
func (s *system) must(t testing.TB, name string, list ...any) int {
	t.Helper()
	r, e := s.do(name, list...)
	if e != 0 {
		t.Fatalf("%s%v: errno %d", name, list, e)
	}
	return r
}

// numbers has the numbers of calls.txt by name.
var numbers = func() map[string]uintptr {
	m := map[string]uintptr{}
	for _, c := range readCalls() {
		m[c.name] = uintptr(c.number)
	}
	return m
}()

// vectorsOf makes an iovec array of slices.
func vectorsOf(list ...[]byte) []vector {
	var v []vector
	for _, b := range list {
		v = append(v, vector{unsafe.Pointer(unsafe.SliceData(b)), uintptr(len(b))})
	}
	return v
}

func TestPointerChecks(t *testing.T) {
	s, _ := newSystem()
	buffer := make([]byte, 8)
	long := strings.Repeat("x", pathMax)
	for _, c := range []struct {
		name string
		args []any
		want Errno
	}{
		{"write", []any{1, nil, 1}, EFAULT},
		{"write", []any{1, 17, 1}, EFAULT},
		{"write", []any{1, nil, 0}, 0},
		{"write", []any{1, buffer, -1}, EINVAL},
		{"pipe2", []any{nil, 0}, EFAULT},
		{"openat", []any{atCWD, nil, 0}, EFAULT},
		{"openat", []any{atCWD, long, 0}, ENAMETOOLONG},
		{"openat", []any{atCWD, long[:nameMax+1], 0}, ENAMETOOLONG},
		{"openat", []any{atCWD, long[:nameMax], 0}, ENOENT},
		{"writev", []any{1, nil, 1}, EFAULT},
		{"writev", []any{1, nil, maxVectors + 1}, EINVAL},
		{"writev", []any{1, []vector{{nil, 4}}, 1}, EFAULT},
		{"clock_getres", []any{0, nil}, 0},
		{"clock_getres", []any{0, 17}, EFAULT},
		{"clock_gettime", []any{0, nil}, EFAULT},
	} {
		if _, e := s.do(c.name, c.args...); e != c.want {
			t.Errorf("%s: errno %d, want %d", c.name, e, c.want)
		}
	}
}

func TestRegionEnd(t *testing.T) {
	for _, c := range []struct {
		at, n uintptr
		want  Errno
	}{
		{userEnd - 8, 8, 0},
		{userEnd - 8, 9, EFAULT},
		{userEnd + 8, 1, EFAULT},
		{^uintptr(0) - 8, 8, EFAULT},
		{4096, ^uintptr(0), EFAULT},
	} {
		// An address as a caller might invent it; it is looked at, not used.
		p := *(*unsafe.Pointer)(unsafe.Pointer(&c.at))
		if _, e := region(p, c.n); e != c.want {
			t.Errorf("region(%#x, %d): errno %d, want %d", c.at, c.n, e, c.want)
		}
	}
}

// FuzzText compares the reading of a C string with the obvious way.
func FuzzText(f *testing.F) {
	f.Add([]byte("/dev/null\x00rest"))
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, b []byte) {
		b = append(b, 0)
		want, _, _ := strings.Cut(string(b), "\x00")
		a := arguments{pointer: [6]unsafe.Pointer{unsafe.Pointer(&b[0])}}
		got, e := a.text(0)
		if len(want) >= pathMax {
			if e != ENAMETOOLONG {
				t.Fatalf("%d bytes: errno %d", len(want), e)
			}
		} else if got != want || e != 0 {
			t.Fatalf("%q: got %q, errno %d", b, got, e)
		}
	})
}
