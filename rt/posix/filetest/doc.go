// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build linux && amd64

// Package filetest makes random sequences of file calls, for tests: the same
// seed gives the same calls wherever they run. Each call is told as a line of
// text with everything that came back, so two kernels agree when their lines
// do. Nothing that may differ is in a line: descriptors are told by their slot,
// the time of day as "now", the order of a directory's names not at all.
package filetest

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"syscall"
)

// Caller makes a system call. An argument is an int, a string (a C string is
// made of it), a []byte (its address), or nil.
type Caller func(nr uintptr, list ...any) (r int, errno syscall.Errno)

// depth is how many directories called "r" lie one in the other below the place
// of a run, so that ".." does not lead out of it.
const depth = 8

// slots is how many descriptors a run juggles with.
const slots = 6

// Run is one sequence, running.
type Run struct {
	call   Caller
	rnd    *rand.Rand
	fd     [slots]int // -1: closed
	sparse bool       // it looks for holes, and does not reserve room
}

// Start makes the directories of a run below the working directory and goes
// there.
func Start(call Caller, seed uint64) (*Run, error) {
	r := &Run{call: call, rnd: rand.New(rand.NewPCG(seed, 0)), sparse: seed%2 == 0}
	for i := range r.fd {
		r.fd[i] = -1
	}
	for range depth {
		if _, e := call(syscall.SYS_MKDIRAT, atCWD, "r", 0o755); e != 0 {
			return nil, fmt.Errorf("mkdir r: %w", e)
		}
		if _, e := call(syscall.SYS_CHDIR, "r"); e != 0 {
			return nil, fmt.Errorf("chdir r: %w", e)
		}
	}
	return r, nil
}

// End closes what is open.
func (r *Run) End() {
	for i, fd := range r.fd {
		if fd >= 0 {
			r.call(syscall.SYS_CLOSE, fd)
			r.fd[i] = -1
		}
	}
}

// Digest makes n calls and returns a sum over their lines, and the last line.
func (r *Run) Digest(n int) (sum uint64, last string) {
	h := fnv.New64a()
	for range n {
		last = r.Step()
		fmt.Fprintln(h, last)
	}
	return h.Sum64(), last
}

// say tells a call: its name, its arguments, and how it ended.
func say(name string, e syscall.Errno, list ...any) string {
	return fmt.Sprintf("%s%v = %d", name, list, int(e))
}

// sum stands for bytes in a line.
func sum(b []byte) string {
	h := fnv.New32a()
	h.Write(b)
	return fmt.Sprintf("%d:%08x", len(b), h.Sum32())
}

// names are what paths are made of.
var names = [...]string{"a", "b", "c", "d", "e", "f", strings.Repeat("n", 255), strings.Repeat("x", 256)}

// name returns a component; long ones are rare.
func (r *Run) name() string {
	if r.rnd.IntN(40) == 0 {
		return names[6+r.rnd.IntN(2)]
	}
	return names[r.rnd.IntN(6)]
}

// path returns a path of one to three components, now and then with what paths
// can have besides.
func (r *Run) path() string {
	p := r.name()
	for range []int{0, 0, 0, 1, 1, 2}[r.rnd.IntN(6)] {
		p += []string{"/", "/", "/", "//", "/./", "/../"}[r.rnd.IntN(6)] + r.name()
	}
	switch r.rnd.IntN(24) {
	case 0, 1:
		p += "/"
	case 2:
		p += "/."
	case 3:
		p += "/.."
	case 4:
		p = "./" + p
	case 5:
		return []string{"", ".", "./", strings.Repeat("a/", 2047) + "a", strings.Repeat("a/", 2048)}[r.rnd.IntN(5)]
	}
	return p
}

// short is p as a line has it.
func short(p string) string {
	if len(p) > 40 {
		return fmt.Sprintf("%s..%d", p[:20], len(p))
	}
	return p
}

// slot chooses a descriptor: its slot and its number.
func (r *Run) slot() (slot, fd int) {
	slot = r.rnd.IntN(slots)
	return slot, r.fd[slot]
}

// base chooses where a path starts: mostly the working directory.
func (r *Run) base() (slot, fd int) {
	if r.rnd.IntN(3) > 0 {
		return -1, atCWD
	}
	return r.slot()
}
