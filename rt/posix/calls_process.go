// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a program asks about itself and its machine: one process, number 1,
// which is root and has no others beside it.

package posix

import "runtime"

const (
	processID = 1
	nameField = 65 // of struct utsname
)

func (s *system) gettid(*arguments) (uintptr, Errno) { return uintptr(s.k.threadID()), 0 }

// processOf is getpgid and getsid: process. There is one group, one session.
func (s *system) processOf(a *arguments) (uintptr, Errno) {
	if pid := a.int(0); pid != 0 && pid != processID {
		return 0, ESRCH
	}
	return processID, 0
}

// become is the set…id calls: up to three numbers, of which each may be -1 for
// no change. Root is all there is.
func (s *system) become(a *arguments) (uintptr, Errno) {
	for i := range 3 {
		if id := a.int(i); id != 0 && id != -1 {
			return 0, EPERM
		}
	}
	return 0, 0
}

// threeIDs is getresuid and getresgid: three results, and getcpu: two optional
// ones (and a third without a meaning). All are 0.
func (s *system) threeIDs(a *arguments) (uintptr, Errno) {
	var zero [4]byte
	for i := range 3 {
		if e := a.offer(i, zero[:]); e != 0 {
			return 0, e
		}
	}
	return 0, 0
}

// setUmask is umask: mask.
func (s *system) setUmask(a *arguments) (uintptr, Errno) {
	return uintptr(s.umask.Swap(a.uint32(0) & 0o777)), 0
}

// uname: struct utsname. Programs read Linux here, since that is the interface
// they are given; the release says whose it is.
func (s *system) uname(a *arguments) (uintptr, Errno) {
	var result [6 * nameField]byte
	for i, field := range [...]string{"Linux", "domlet", "6.1.0-domlet", "#1 domlet", "x86_64", "(none)"} {
		copy(result[i*nameField:], field)
	}
	var name [nameField - 1]byte
	if n := s.hostname(name[:]); n > 0 {
		clear(result[nameField : 2*nameField])
		copy(result[nameField:], name[:n])
	}
	return 0, a.store(0, result[:])
}

// hostname copies the domain's name. xenstored is asked once, and has two seconds
// to answer; 0 is a domain without xenstore, or one that gets no answer.
func (s *system) hostname(p []byte) int {
	for range 2000 {
		n := s.k.hostname(p)
		if n != -int(EAGAIN) {
			return n
		}
		s.k.sleep(second / 1000)
	}
	return 0
}

// sysinfo: struct sysinfo.
func (s *system) sysinfo(a *arguments) (uintptr, Errno) {
	var result [112]byte
	total, free := s.k.memory()
	put64(result[0:], uint64(s.k.nanotime()/second)) // uptime
	put64(result[32:], total)
	put64(result[40:], free)
	result[80] = 1  // processes
	result[104] = 1 // unit of memory: a byte
	return 0, a.store(0, result[:])
}

// getrusage: who, result. There are no children to have used anything.
func (s *system) getrusage(a *arguments) (uintptr, Errno) {
	const children, self, thread = -1, 0, 1
	var result [144]byte
	switch a.int(0) {
	case self, thread:
		ns := s.k.cputime()
		user := timespec(ns/second, ns%second/1000)
		copy(result[:], user[:])
		total, free := s.k.memory()
		put64(result[32:], (total-free)>>10) // ru_maxrss, KiB
	case children:
	default:
		return 0, EINVAL
	}
	return 0, a.store(1, result[:])
}

// schedGetaffinity is sched_getaffinity: thread, length, mask of 64 CPUs.
func (s *system) schedGetaffinity(a *arguments) (uintptr, Errno) {
	if a.word[1] < 8 || a.word[1]%8 != 0 {
		return 0, EINVAL
	}
	var mask [8]byte
	put64(mask[:], 1<<min(s.k.ncpu(), 64)-1)
	return 8, a.store(2, mask[:])
}

// schedYield is sched_yield.
func (s *system) schedYield(*arguments) (uintptr, Errno) {
	runtime.Gosched()
	return 0, 0
}

// getrandom: buffer, length, flags.
func (s *system) getrandom(a *arguments) (uintptr, Errno) {
	const nonblock, random, insecure = 1, 2, 4
	flags := a.uint32(2)
	if flags&^(nonblock|random|insecure) != 0 || flags&(random|insecure) == random|insecure {
		return 0, EINVAL
	}
	b, e := a.buffer(0)
	if e == 0 {
		randomize(s.k, b)
	}
	return uintptr(len(b)), e
}

// exit is exit and exit_group: code. A thread cannot end alone.
func (s *system) exit(a *arguments) (uintptr, Errno) {
	s.k.exit(a.int(0) & 0xff)
	return 0, 0
}

// kill is kill: process, signal. 0, -1 and the group are all this program; signal
// 0 only asks whether it is there.
func (s *system) kill(a *arguments) (uintptr, Errno) {
	pid, sig := a.int(0), a.int(1)
	switch {
	case sig < 0 || sig > lastSignal:
		return 0, EINVAL
	case pid < -processID || pid > processID:
		return 0, ESRCH
	case sig == 0:
		return 0, 0
	}
	return 0, s.k.kill(0, sig)
}

const lastSignal = 64

// tgkill is tgkill: process, thread, signal; and tkill: thread, signal.
func (s *system) tgkill(a *arguments) (uintptr, Errno) {
	pid, thread, sig := a.int(0), a.int(1), a.int(2)
	if a.nr == callTkill {
		pid, thread, sig = processID, a.int(0), a.int(1)
	}
	switch {
	case pid <= 0 || thread <= 0 || sig < 0 || sig > lastSignal:
		return 0, EINVAL
	case pid != processID:
		return 0, ESRCH
	}
	return 0, s.k.kill(thread, sig)
}
