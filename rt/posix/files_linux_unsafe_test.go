// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build linux && amd64 && !domlet

// Random file calls here and in the Linux kernel this test runs on, in files in
// memory and in files on a disk. Every result must be the same.

package posix

import (
	"math/rand/v2"
	"os"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"github.com/domlet/domlet/rt/posix/filetest"
)

// words makes arguments of what filetest gives; keep holds what they point at.
func words(list []any) (word [6]uintptr, keep [6][]byte) {
	for i, v := range list {
		switch v := v.(type) {
		case int:
			word[i] = uintptr(v)
		case string:
			keep[i] = []byte(v + "\x00")
		case []byte:
			keep[i] = v
		}
		if keep[i] != nil {
			word[i] = uintptr(unsafe.Pointer(unsafe.SliceData(keep[i])))
		}
	}
	return word, keep
}

// callLinux makes a call in the host's kernel.
func callLinux(nr uintptr, list ...any) (int, syscall.Errno) {
	word, keep := words(list)
	r, _, e := syscall.RawSyscall6(nr, word[0], word[1], word[2], word[3], word[4], word[5])
	runtime.KeepAlive(keep)
	if e != 0 {
		r = 0
	}
	return int(r), e
}

// callOurs makes a call here.
func (s *system) callOurs(nr uintptr, list ...any) (int, syscall.Errno) {
	word, keep := words(list)
	a := arguments{nr: nr, word: word}
	for i, b := range keep {
		if b != nil && entries[index[nr]].pointers>>i&1 != 0 {
			a.pointer[i] = unsafe.Pointer(unsafe.SliceData(b))
		}
	}
	r, e := s.call(&a)
	if e != 0 {
		r = 0
	}
	return int(r), syscall.Errno(e)
}

// compareRuns makes the same calls in both until they differ.
func compareRuns(t *testing.T, dir string, seed uint64, steps int) {
	t.Helper()
	t.Chdir(dir)
	syscall.Umask(0o022)
	theirs, err := filetest.Start(callLinux, seed)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.End()
	s, _ := newSystem()
	ours, err := filetest.Start(s.callOurs, seed)
	if err != nil {
		t.Fatal(err)
	}
	var log []string
	for i := range steps {
		a, b := ours.Step(), theirs.Step()
		if log = append(log, b); a != b {
			for _, line := range log[max(0, len(log)-40):] {
				t.Log(line)
			}
			t.Fatalf("seed %d, step %d:\nours:    %s\nLinux's: %s", seed, i, a, b)
		}
	}
}

// places are directories on a disk and, where there is one, in memory.
func places(t *testing.T) []string {
	list := []string{t.TempDir()}
	if dir, err := os.MkdirTemp("/dev/shm", "posix"); err == nil {
		t.Cleanup(func() { os.RemoveAll(dir) })
		list = append(list, dir)
	}
	return list
}

func TestFilesAsOnLinux(t *testing.T) {
	for _, dir := range places(t) {
		for range 40 {
			sub, err := os.MkdirTemp(dir, "")
			if err != nil {
				t.Fatal(err)
			}
			compareRuns(t, sub, rand.Uint64(), 1500)
		}
	}
}

func FuzzFilesAsOnLinux(f *testing.F) {
	f.Add(uint64(1), uint(100))
	f.Add(uint64(9135431047071178963), uint(700)) // a file gets the size that it has
	f.Fuzz(func(t *testing.T, seed uint64, steps uint) {
		compareRuns(t, t.TempDir(), seed, int(steps%2000))
	})
}
