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

func (s *system) getpid(arguments) (uintptr, Errno) { return processID, 0 }

// zero answers calls whose true result is 0: every user and group number, the
// parent process, and what always succeeds.
func (s *system) zero(arguments) (uintptr, Errno) { return 0, 0 }

func (s *system) gettid(arguments) (uintptr, Errno) { return uintptr(s.k.threadID()), 0 }

// processOf answers getpgid and getsid: process. There is one group, one session.
func (s *system) processOf(a arguments) (uintptr, Errno) {
	if pid := a.int(0); pid != 0 && pid != processID {
		return 0, ESRCH
	}
	return processID, 0
}

// become answers the set…id calls: up to three numbers, of which each may be
// -1 for no change. Root is all there is.
func (s *system) become(a arguments) (uintptr, Errno) { return 0, onlyRoot(a.word[:1]) }

func (s *system) become2(a arguments) (uintptr, Errno) { return 0, onlyRoot(a.word[:2]) }

func (s *system) become3(a arguments) (uintptr, Errno) { return 0, onlyRoot(a.word[:3]) }

func onlyRoot(ids []uintptr) Errno {
	for _, id := range ids {
		if id := int32(id); id != 0 && id != -1 {
			return EPERM
		}
	}
	return 0
}

// threeIDs answers getresuid and getresgid: three results.
func (s *system) threeIDs(a arguments) (uintptr, Errno) {
	for i := range 3 {
		b, e := a.memory(i, 4)
		if e != 0 {
			return 0, e
		}
		put32(b, 0)
	}
	return 0, 0
}

// setgroups: count, list. Only the empty list.
func (s *system) setgroups(a arguments) (uintptr, Errno) {
	if a.word[0] != 0 {
		return 0, EPERM
	}
	return 0, 0
}

// getpriority: the kernel's own form of nice 0.
func (s *system) getpriority(arguments) (uintptr, Errno) { return 20, 0 }

// setUmask is umask: mask.
func (s *system) setUmask(a arguments) (uintptr, Errno) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.umask
	s.umask = a.uint32(0) & 0o777
	return uintptr(old), 0
}

// uname: struct utsname. Programs read Linux here, since that is the interface
// they are given; the release says whose it is.
func (s *system) uname(a arguments) (uintptr, Errno) {
	b, e := a.memory(0, 6*nameField)
	if e != 0 {
		return 0, e
	}
	clear(b)
	copy(b, "Linux")
	if s.k.hostname(b[nameField:2*nameField-1]) == 0 {
		copy(b[nameField:], "domlet")
	}
	copy(b[2*nameField:], "6.1.0-domlet")
	copy(b[3*nameField:], "#1 domlet")
	copy(b[4*nameField:], "x86_64")
	copy(b[5*nameField:], "(none)")
	return 0, 0
}

// sysinfo: struct sysinfo.
func (s *system) sysinfo(a arguments) (uintptr, Errno) {
	b, e := a.memory(0, 112)
	if e != 0 {
		return 0, e
	}
	clear(b)
	total, free := s.k.memory()
	put64(b[0:], uint64(s.k.nanotime()/second)) // uptime
	put64(b[32:], total)
	put64(b[40:], free)
	put16(b[80:], 1)  // processes
	put32(b[104:], 1) // unit of memory: a byte
	return 0, 0
}

// getrusage: who, struct rusage.
func (s *system) getrusage(a arguments) (uintptr, Errno) {
	const children, self, thread = -1, 0, 1
	who := a.int(0)
	if who < children || who > thread {
		return 0, EINVAL
	}
	b, e := a.memory(1, 144)
	if e != 0 {
		return 0, e
	}
	clear(b)
	if who == children {
		return 0, 0
	}
	ns := s.k.cputime()
	putTime(b, ns/second, ns%second/1000)
	total, free := s.k.memory()
	put64(b[32:], (total-free)>>10) // ru_maxrss, KiB
	return 0, 0
}

// schedGetaffinity is sched_getaffinity: thread, length, mask.
func (s *system) schedGetaffinity(a arguments) (uintptr, Errno) {
	n := s.k.ncpu()
	size := uintptr(n+63) / 64 * 8
	if a.word[1] < size || a.word[1]%8 != 0 {
		return 0, EINVAL
	}
	b, e := a.memory(2, size)
	if e != 0 {
		return 0, e
	}
	clear(b)
	for i := range n {
		b[i/8] |= 1 << (i % 8)
	}
	return size, 0
}

// getcpu: optional CPU, optional NUMA node.
func (s *system) getcpu(a arguments) (uintptr, Errno) {
	for i := range 2 {
		b, e := a.optional(i, 4)
		if e != 0 {
			return 0, e
		}
		clear(b)
	}
	return 0, 0
}

// schedYield is sched_yield.
func (s *system) schedYield(arguments) (uintptr, Errno) {
	runtime.Gosched()
	return 0, 0
}

// getrandom: buffer, length, flags.
func (s *system) getrandom(a arguments) (uintptr, Errno) {
	const nonblock, random, insecure = 1, 2, 4
	flags := a.uint32(2)
	if flags&^(nonblock|random|insecure) != 0 || flags&(random|insecure) == random|insecure {
		return 0, EINVAL
	}
	b, e := a.transfer(0)
	if e != 0 {
		return 0, e
	}
	s.k.random(b)
	return uintptr(len(b)), 0
}

// exit and exit_group: code. A thread cannot end alone.
func (s *system) exit(a arguments) (uintptr, Errno) {
	s.k.exit(a.int(0) & 0xff)
	return 0, 0
}

// kill: process, signal. 0, -1 and the group mean this program too.
func (s *system) kill(a arguments) (uintptr, Errno) { return s.signal(a.int(0), a.int(1)) }

// tkill: thread, signal. Threads are the program's.
func (s *system) tkill(a arguments) (uintptr, Errno) { return s.signal(processID, a.int(1)) }

// tgkill: process, thread, signal.
func (s *system) tgkill(a arguments) (uintptr, Errno) { return s.signal(a.int(0), a.int(2)) }

// signal sends sig to process pid; signal 0 only asks whether it is there.
func (s *system) signal(pid, sig int) (uintptr, Errno) {
	const last = 64
	switch {
	case sig < 0 || sig > last:
		return 0, EINVAL
	case pid < -processID || pid > processID:
		return 0, ESRCH
	case sig == 0:
		return 0, 0
	}
	return 0, s.k.kill(sig)
}

// wait answers wait4 and waitid: there are no children.
func (s *system) wait(arguments) (uintptr, Errno) { return 0, ECHILD }
