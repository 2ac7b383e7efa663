// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build linux && amd64

// The steps of a run: calls about descriptors and what is in files.

package filetest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"syscall"
)

const (
	atCWD   = -100
	tmpFile = 0x410000 // O_TMPFILE
	path    = 0x200000 // O_PATH
)

// Step makes one call and tells it. A step may make a few more to see what it
// did.
func (r *Run) Step() string {
	steps := [...]func(*Run) string{
		(*Run).open, (*Run).open, (*Run).open, (*Run).open, (*Run).close,
		(*Run).read, (*Run).read, (*Run).write, (*Run).write, (*Run).write, (*Run).seek, (*Run).resize, (*Run).reserve,
		(*Run).describe, (*Run).describe, (*Run).list, (*Run).duplicate, (*Run).lock, (*Run).lockRange, (*Run).lockRange, (*Run).flags,
		(*Run).make, (*Run).make, (*Run).make, (*Run).remove, (*Run).remove, (*Run).move, (*Run).move,
		(*Run).link, (*Run).symlink, (*Run).symlink, (*Run).readlink, (*Run).attributes, (*Run).access, (*Run).directory,
	}
	return steps[r.rnd.IntN(len(steps))](r)
}

// open opens a path into a slot, whose old descriptor it closes.
func (r *Run) open() string {
	slot := r.rnd.IntN(slots)
	if r.fd[slot] >= 0 {
		r.call(syscall.SYS_CLOSE, r.fd[slot])
		r.fd[slot] = -1
	}
	from, dir := r.base()
	p, flags := r.path(), r.openFlags()
	fd, e := r.call(syscall.SYS_OPENAT, dir, p, flags, r.mode())
	if e == 0 {
		r.fd[slot] = fd
	}
	return say("open", e, from, short(p), fmt.Sprintf("%#x", flags), slot)
}

func (r *Run) openFlags() int {
	flags := r.rnd.IntN(3)
	for _, f := range []int{syscall.O_CREAT, syscall.O_CREAT, syscall.O_EXCL, syscall.O_TRUNC, syscall.O_APPEND, syscall.O_NOFOLLOW,
		syscall.O_NONBLOCK, syscall.O_CLOEXEC} {
		if r.rnd.IntN(4) == 0 {
			flags |= f
		}
	}
	switch r.rnd.IntN(12) {
	case 0, 1:
		flags = flags&^syscall.O_CREAT | syscall.O_DIRECTORY
	case 2:
		flags |= path
	case 3:
		flags |= tmpFile
	}
	return flags
}

func (r *Run) close() string {
	slot, fd := r.slot()
	r.fd[slot] = -1
	_, e := r.call(syscall.SYS_CLOSE, fd)
	return say("close", e, slot)
}

// offset is mostly near the front of a file, and at the borders of pages.
func (r *Run) offset() int {
	return []int{0, 1, 4095, 4096, 4097, 8192, r.rnd.IntN(20000), r.rnd.IntN(20000), -1, 1 << 22}[r.rnd.IntN(10)]
}

func (r *Run) size() int {
	return []int{0, 1, 100, 4096, 4097, r.rnd.IntN(10000)}[r.rnd.IntN(6)]
}

func (r *Run) read() string {
	slot, fd := r.slot()
	b, off := bytes.Repeat([]byte{0xee}, r.size()+1), r.offset()
	nr, name := uintptr(syscall.SYS_PREAD64), "pread"
	if r.rnd.IntN(2) == 0 {
		nr, name, off = syscall.SYS_READ, "read", 0
	}
	n, e := r.call(nr, fd, b, len(b)-1, off)
	return say(name, e, slot, len(b)-1, off, n, sum(b))
}

func (r *Run) write() string {
	slot, fd := r.slot()
	b, off := bytes.Repeat([]byte{byte(r.rnd.IntN(255)) + 1}, r.size()+1), r.offset()
	nr, name := uintptr(syscall.SYS_PWRITE64), "pwrite"
	if r.rnd.IntN(2) == 0 {
		nr, name, off = syscall.SYS_WRITE, "write", 0
	}
	n, e := r.call(nr, fd, b, len(b)-1, off)
	return say(name, e, slot, len(b)-1, off, n)
}

func (r *Run) seek() string {
	slot, fd := r.slot()
	off, whence := r.offset(), r.rnd.IntN(7)-1
	if whence >= 3 && !r.sparse || r.isDirectory(fd) {
		whence = 0
	}
	if r.isDirectory(fd) {
		off = 0
	}
	at, e := r.call(syscall.SYS_LSEEK, fd, off, whence)
	return say("lseek", e, slot, off, whence, at)
}

func (r *Run) resize() string {
	if r.rnd.IntN(3) > 0 {
		slot, fd := r.slot()
		size := r.offset()
		_, e := r.call(syscall.SYS_FTRUNCATE, fd, size)
		return say("ftruncate", e, slot, size)
	}
	p, size := r.path(), r.offset()
	if r.hasSize(p, size) {
		return "truncate nothing" // file systems differ in whether that is a change
	}
	_, e := r.call(syscall.SYS_TRUNCATE, p, size)
	return say("truncate", e, short(p), size)
}

// hasSize reports whether path names a file of that size.
func (r *Run) hasSize(path string, size int) bool {
	b := make([]byte, 144)
	_, e := r.call(syscall.SYS_NEWFSTATAT, atCWD, path, b, 0)
	regular := binary.LittleEndian.Uint32(b[24:])&syscall.S_IFMT == syscall.S_IFREG
	return e == 0 && regular && binary.LittleEndian.Uint64(b[48:]) == uint64(size)
}

// reserve is fallocate, with the modes that both files in memory and on a disk
// have.
func (r *Run) reserve() string {
	slot, fd := r.slot()
	mode, off, size := []int{0, 1, 3, 2}[r.rnd.IntN(4)], r.offset(), r.size()
	if r.sparse && mode < 2 {
		mode = 3
	}
	_, e := r.call(syscall.SYS_FALLOCATE, fd, mode, off, size)
	return say("fallocate", e, slot, mode, off, size)
}

// stat describes what struct stat holds.
func stat(b []byte) string {
	u32 := func(i int) uint32 { return binary.LittleEndian.Uint32(b[i:]) }
	s := fmt.Sprintf("%o links %d of %d/%d", u32(24), u32(16), u32(28), u32(32))
	if u32(24)&syscall.S_IFMT != syscall.S_IFDIR {
		s += fmt.Sprintf(" size %d", binary.LittleEndian.Uint64(b[48:]))
	}
	return s
}

// when is a time of struct stat: those that a run sets are before 2001.
func when(b []byte) string {
	if sec := binary.LittleEndian.Uint64(b); sec < 1e9 {
		return fmt.Sprintf("%d.%09d", sec, binary.LittleEndian.Uint64(b[8:]))
	}
	return "now"
}

func (r *Run) describe() string {
	b := make([]byte, 144)
	if r.rnd.IntN(2) == 0 {
		slot, fd := r.slot()
		_, e := r.call(syscall.SYS_FSTAT, fd, b)
		return say("fstat", e, slot, stat(b), when(b[88:]))
	}
	from, dir := r.base()
	p, flags := r.path(), []int{0, 0x100, 0x1000, 0x1100, 1}[r.rnd.IntN(5)]
	_, e := r.call(syscall.SYS_NEWFSTATAT, dir, p, b, flags)
	return say("stat", e, from, short(p), flags, stat(b), when(b[88:]))
}

func (r *Run) isDirectory(fd int) bool {
	b := make([]byte, 144)
	r.call(syscall.SYS_FSTAT, fd, b)
	return binary.LittleEndian.Uint32(b[24:])&syscall.S_IFMT == syscall.S_IFDIR
}

// list reads a directory from its front, with a small buffer, and goes back
// there: other positions are numbers of the file system's own.
func (r *Run) list() string {
	slot, fd := r.slot()
	if r.isDirectory(fd) {
		defer r.call(syscall.SYS_LSEEK, fd, 0, 0)
	}
	var all []string
	for {
		b := make([]byte, 300)
		n, e := r.call(syscall.SYS_GETDENTS64, fd, b, len(b))
		if e != 0 || n == 0 {
			slices.Sort(all)
			return say("getdents", e, slot, all)
		}
		for b = b[:n]; len(b) > 0; b = b[binary.LittleEndian.Uint16(b[16:]):] {
			name, _, _ := bytes.Cut(b[19:], []byte{0})
			all = append(all, fmt.Sprintf("%s(%d)", short(string(name)), b[18]))
		}
	}
}

func (r *Run) duplicate() string {
	from, fd := r.slot()
	to := r.rnd.IntN(slots)
	if to == from || r.fd[to] < 0 {
		return "dup to nowhere"
	}
	_, e := r.call(syscall.SYS_DUP3, fd, r.fd[to], 0)
	return say("dup3", e, from, to)
}

func (r *Run) lock() string {
	slot, fd := r.slot()
	how := r.rnd.IntN(16) | syscall.LOCK_NB
	_, e := r.call(syscall.SYS_FLOCK, fd, how)
	return say("flock", e, slot, how)
}

// lockRange asks for a lock of the open file's on a range, or which is in its way.
func (r *Run) lockRange() string {
	const asks, sets = 36, 37 // F_OFD_GETLK, F_OFD_SETLK
	slot, fd := r.slot()
	b := make([]byte, 32) // struct flock
	kind, whence := r.rnd.IntN(4), r.rnd.IntN(4)
	if r.isDirectory(fd) {
		whence = 0
	}
	start, length := r.offset(), []int{0, 0, 1, 100, 5000, -1, -5000, math.MaxInt64, math.MinInt64}[r.rnd.IntN(9)]
	binary.LittleEndian.PutUint16(b, uint16(kind))
	binary.LittleEndian.PutUint16(b[2:], uint16(whence))
	binary.LittleEndian.PutUint64(b[8:], uint64(start))
	binary.LittleEndian.PutUint64(b[16:], uint64(length))
	if r.rnd.IntN(16) == 0 {
		b[24] = 1
	}
	command := sets
	if kind < 2 && r.rnd.IntN(3) == 0 {
		command = asks // kernels differ in what they say of the other types
	}
	_, e := r.call(syscall.SYS_FCNTL, fd, command, b)
	return say("lockRange", e, slot, command, kind, whence, start, length, fmt.Sprintf("%x", b[:28]))
}

func (r *Run) flags() string {
	slot, fd := r.slot()
	flags, e := r.call(syscall.SYS_FCNTL, fd, syscall.F_GETFL, 0)
	return say("getfl", e, slot, fmt.Sprintf("%#x", flags))
}

// directory changes the working directory, and asks for it: for what comes
// behind the run's own.
func (r *Run) directory() string {
	switch r.rnd.IntN(4) {
	case 0:
		slot, fd := r.slot()
		_, e := r.call(syscall.SYS_FCHDIR, fd)
		return say("fchdir", e, slot)
	case 1:
		p := r.path()
		_, e := r.call(syscall.SYS_CHDIR, p)
		return say("chdir", e, short(p))
	case 2:
		if below, e := r.where(); e == 0 && below == "" {
			return "at the top"
		}
		_, e := r.call(syscall.SYS_CHDIR, "..") // what went away keeps its parent
		return say("chdir ..", e)
	}
	below, e := r.where()
	return say("getcwd", e, below)
}

// where returns the working directory below the run's own.
func (r *Run) where() (below string, e syscall.Errno) {
	b := make([]byte, 4096)
	n, e := r.call(syscall.SYS_GETCWD, b, len(b))
	_, below, _ = strings.Cut(string(b[:n]), strings.Repeat("/r", depth))
	return strings.TrimRight(below, "\x00"), e
}
