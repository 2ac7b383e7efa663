// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build linux && amd64

// The steps of a run: calls about names and attributes.

package filetest

import (
	"encoding/binary"
	"syscall"
)

const (
	sysRenameat2 = 316
	sysFchmodat2 = 452
	keepTime     = 1<<30 - 2 // UTIME_OMIT
)

// mode has no sticky bit: what Linux does there is a setting of the machine's.
// Its owner may do everything, so that the test need not be run by root.
func (r *Run) mode() int { return r.rnd.IntN(0o10000)&^0o1000 | 0o700 }

func (r *Run) make() string {
	from, dir := r.base()
	p, mode := r.path(), r.mode()
	if r.rnd.IntN(5) > 0 {
		_, e := r.call(syscall.SYS_MKDIRAT, dir, p, mode)
		return say("mkdir", e, from, short(p), mode)
	}
	mode |= []int{0, syscall.S_IFREG, syscall.S_IFDIR, syscall.S_IFMT}[r.rnd.IntN(4)]
	_, e := r.call(syscall.SYS_MKNODAT, dir, p, mode, 0)
	return say("mknod", e, from, short(p), mode)
}

func (r *Run) remove() string {
	from, dir := r.base()
	p := r.path()
	switch r.rnd.IntN(5) {
	case 0:
		_, e := r.call(syscall.SYS_UNLINK, p)
		return say("unlink", e, short(p))
	case 1:
		_, e := r.call(syscall.SYS_RMDIR, p)
		return say("rmdir", e, short(p))
	}
	flags := []int{0, 0, 0x200, 0x200, 1}[r.rnd.IntN(5)]
	_, e := r.call(syscall.SYS_UNLINKAT, dir, p, flags)
	return say("unlinkat", e, from, short(p), flags)
}

func (r *Run) move() string {
	from, dir := r.base()
	into, to := r.base()
	p, q := r.path(), r.path()
	switch r.rnd.IntN(3) {
	case 0:
		_, e := r.call(syscall.SYS_RENAME, p, q)
		return say("rename", e, short(p), short(q))
	case 1:
		_, e := r.call(syscall.SYS_RENAMEAT, dir, p, to, q)
		return say("renameat", e, from, short(p), into, short(q))
	}
	flags := []int{0, 1, 2, 3, 8}[r.rnd.IntN(5)]
	_, e := r.call(sysRenameat2, dir, p, to, q, flags)
	return say("renameat2", e, from, short(p), into, short(q), flags)
}

func (r *Run) link() string {
	from, dir := r.base()
	into, to := r.base()
	p, q := r.path(), r.path()
	if r.rnd.IntN(2) == 0 {
		_, e := r.call(syscall.SYS_LINK, p, q)
		return say("link", e, short(p), short(q))
	}
	flags := []int{0, 0x400, 0x1000, 1}[r.rnd.IntN(4)]
	if flags == 0x1000 && r.rnd.IntN(2) == 0 {
		p = ""
	}
	_, e := r.call(syscall.SYS_LINKAT, dir, p, to, q, flags)
	return say("linkat", e, from, short(p), into, short(q), flags)
}

func (r *Run) symlink() string {
	into, to := r.base()
	p, q := r.path(), r.path()
	if r.rnd.IntN(2) == 0 {
		_, e := r.call(syscall.SYS_SYMLINK, p, q)
		return say("symlink", e, short(p), short(q))
	}
	_, e := r.call(syscall.SYS_SYMLINKAT, p, to, q)
	return say("symlinkat", e, short(p), into, short(q))
}

func (r *Run) readlink() string {
	from, dir := r.base()
	p, b := r.path(), make([]byte, []int{0, 1, 300}[r.rnd.IntN(3)]+1)
	n, e := r.call(syscall.SYS_READLINKAT, dir, p, b, len(b)-1)
	return say("readlink", e, from, short(p), n, sum(b))
}

// attributes sets some, and looks at them at once: a later read may set the
// time of access, or not.
func (r *Run) attributes() string {
	line := r.attribute()
	b := make([]byte, 144)
	p := r.path()
	_, e := r.call(syscall.SYS_NEWFSTATAT, atCWD, p, b, 0x100)
	return line + "; " + say("stat", e, short(p), stat(b), when(b[88:]))
}

func (r *Run) attribute() string {
	from, dir := r.base()
	slot, fd := r.slot()
	p, mode, flags := r.path(), r.mode(), []int{0, 0x100, 0x1000, 1}[r.rnd.IntN(4)]
	owner := []int{-1, 0, 1, 1000}[r.rnd.IntN(4)]
	var e syscall.Errno
	switch r.rnd.IntN(7) {
	case 0:
		_, e = r.call(syscall.SYS_FCHMODAT, dir, p, mode)
		return say("chmod", e, from, short(p), mode)
	case 1:
		_, e = r.call(sysFchmodat2, dir, p, mode, flags)
		return say("chmodat2", e, from, short(p), mode, flags)
	case 2:
		_, e = r.call(syscall.SYS_FCHMOD, fd, mode)
		return say("fchmod", e, slot, mode)
	case 3:
		_, e = r.call(syscall.SYS_FCHOWNAT, dir, p, owner, 0, flags)
		return say("chown", e, from, short(p), owner, flags)
	case 4:
		_, e = r.call(syscall.SYS_FCHOWN, fd, owner, owner)
		return say("fchown", e, slot, owner)
	case 5:
		return r.touch(slot, fd, nil, 0)
	}
	return r.touch(from, dir, p, flags)
}

// touch is utimensat, and what stat says of it then.
func (r *Run) touch(from, dir int, p any, flags int) string {
	times := make([]byte, 32)
	for i := 0; i < 32; i += 16 {
		nsec := []int{r.rnd.IntN(1e9), 1<<30 - 1, keepTime, 1e9}[r.rnd.IntN(4)]
		binary.LittleEndian.PutUint64(times[i:], uint64(r.rnd.IntN(1e6)))
		binary.LittleEndian.PutUint64(times[i+8:], uint64(nsec))
	}
	if p == nil && dir == atCWD {
		return "touch nothing"
	}
	_, e := r.call(syscall.SYS_UTIMENSAT, dir, p, times, flags)
	b := make([]byte, 144)
	if p == nil {
		r.call(syscall.SYS_FSTAT, dir, b)
		p = ""
	} else {
		r.call(syscall.SYS_NEWFSTATAT, dir, p, b, flags&0x100)
	}
	accessed := when(b[72:])
	if e != 0 || binary.LittleEndian.Uint64(times[8:]) == keepTime {
		accessed = "" // what reads have made of it, or not
	}
	return say("utimensat", e, from, short(p.(string)), flags, accessed, when(b[88:]))
}

func (r *Run) access() string {
	from, dir := r.base()
	p, mode := r.path(), r.rnd.IntN(9)
	_, e := r.call(syscall.SYS_FACCESSAT, dir, p, mode)
	return say("access", e, from, short(p), mode)
}
