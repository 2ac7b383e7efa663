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

// resetLimits sets what a program starts with.
func (s *system) resetLimits() {
	for i := range s.limits {
		s.limits[i] = limit{unlimited, unlimited}
	}
	s.limits[limitStack].soft = 8 << 20
	s.limits[limitFiles] = limit{MaxDescriptors, MaxDescriptors}
	s.fds.limit.Store(MaxDescriptors)
}

// getrlimit: resource, result.
func (s *system) getrlimit(a *arguments) (uintptr, Errno) { return 0, s.readLimit(a, a.int(0), 1) }

// setrlimit: resource, new limit.
func (s *system) setrlimit(a *arguments) (uintptr, Errno) { return 0, s.writeLimit(a, a.int(0), 1) }

// prlimit64: process, resource, optional new limit, optional old one.
func (s *system) prlimit64(a *arguments) (uintptr, Errno) {
	if pid := a.int(0); pid != 0 && pid != processID {
		return 0, ESRCH
	}
	e := Errno(0)
	if !a.null(3) {
		e = s.readLimit(a, a.int(1), 3)
	}
	if e == 0 && !a.null(2) {
		e = s.writeLimit(a, a.int(1), 2)
	}
	return 0, e
}

// readLimit stores a limit where argument i points.
func (s *system) readLimit(a *arguments, resource, i int) Errno {
	if resource < 0 || resource >= limitCount {
		return EINVAL
	}
	s.mu.Lock()
	l := s.limits[resource]
	s.mu.Unlock()
	var result [limitSize]byte
	put64(result[0:], l.soft)
	put64(result[8:], l.hard)
	return a.store(i, result[:])
}

// writeLimit sets a limit from where argument i points.
func (s *system) writeLimit(a *arguments, resource, i int) Errno {
	b, e := a.memory(i, limitSize)
	if e != 0 {
		return e
	}
	l := limit{get64(b), get64(b[8:])}
	switch {
	case resource < 0 || resource >= limitCount || l.soft > l.hard:
		return EINVAL
	case resource == limitFiles && l.hard > MaxDescriptors:
		return EPERM
	}
	s.mu.Lock()
	s.limits[resource] = l
	s.mu.Unlock()
	if resource == limitFiles {
		s.fds.limit.Store(int64(l.soft)) // descriptors above it stay open
	}
	return 0
}
