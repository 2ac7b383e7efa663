// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Resource limits. Only the number of descriptors limits anything; the others
// are remembered for who asks.

package posix

const (
	limitStack = 3
	limitFiles = 7
	limitCount = 16
	limitSize  = 16 // struct rlimit64
	// unlimited is RLIM_INFINITY.
	unlimited = 1<<64 - 1
)

// limit is a soft and a hard limit.
type limit struct{ soft, hard uint64 }

// limits is one limit per resource number.
type limits [limitCount]limit

// reset sets what a program starts with.
func (l *limits) reset() {
	for i := range l {
		l[i] = limit{unlimited, unlimited}
	}
	l[limitStack].soft = 8 << 20
	l[limitFiles] = limit{MaxDescriptors, MaxDescriptors}
}

// getrlimit: resource, result.
func (s *system) getrlimit(a arguments) (uintptr, Errno) { return s.limit(&a, a.int(0), -1, 1) }

// setrlimit: resource, new limit.
func (s *system) setrlimit(a arguments) (uintptr, Errno) {
	if a.null(1) {
		return 0, EFAULT
	}
	return s.limit(&a, a.int(0), 1, -1)
}

// prlimit64: process, resource, optional new limit, optional result.
func (s *system) prlimit64(a arguments) (uintptr, Errno) {
	if pid := a.int(0); pid != 0 && pid != processID {
		return 0, ESRCH
	}
	return s.limit(&a, a.int(1), 2, 3)
}

// limit reads resource into argument get and sets it from argument set; -1 is
// no such argument.
func (s *system) limit(a *arguments, resource, set, get int) (uintptr, Errno) {
	if resource < 0 || resource >= limitCount {
		return 0, EINVAL
	}
	var old, wanted []byte
	var e Errno
	if set >= 0 {
		if wanted, e = a.optional(set, limitSize); e != 0 {
			return 0, e
		}
	}
	if get >= 0 {
		if old, e = a.memory(get, limitSize); e != 0 && !(set >= 0 && a.null(get)) {
			return 0, e
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.limits[resource]
	if wanted != nil {
		if e := s.setLimit(resource, limit{get64(wanted), get64(wanted[8:])}); e != 0 {
			return 0, e
		}
	}
	if old != nil {
		put64(old, was.soft)
		put64(old[8:], was.hard)
	}
	return 0, 0
}

// setLimit checks and stores a limit. The lock is held.
func (s *system) setLimit(resource int, to limit) Errno {
	if to.soft > to.hard {
		return EINVAL
	}
	if resource == limitFiles {
		if to.hard > MaxDescriptors {
			return EPERM
		}
		s.fds.setLimit(to.soft)
	}
	s.limits[resource] = to
	return 0
}
