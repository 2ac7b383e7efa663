// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The root of the package's state and the way from a call's number to its
// handler. Runs on the caller's goroutine.

package posix

import (
	"sync"
	"sync/atomic"
)

// system is the state of one program. The zero value is not started.
type system struct {
	ready atomic.Bool
	mu    sync.Mutex // guards starting, and the fields after it
	k     kernel
	fds   descriptors

	console   *console
	inodes    atomic.Uint64 // the last number given to a pipe
	directory node          // working directory
	umask     uint32
	limits    limits
}

// entry is one line of the table: who handles the call, or how it is refused.
type entry struct {
	run      func(*system, arguments) (uintptr, Errno)
	errno    Errno // when run is nil; 0 stands for ENOSYS
	pointers uint8 // bit i: argument i may be a pointer
}

// start opens descriptors 0, 1 and 2 and sets the defaults. It happens at the
// first call, not in a package init: a program's own init functions come first.
func (s *system) start(k kernel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready.Load() {
		return
	}
	s.k = k
	s.umask = 0o022
	s.limits.reset()
	s.inodes.Store(uint64(nodeCount))
	s.fds.limit = MaxDescriptors
	s.console = &console{k: k}
	for range 3 {
		s.fds.add(newFile(k, s.console, oReadWrite|oLargeFile), 0, false)
	}
	s.ready.Store(true)
}

// call runs system call nr. Only numbers in the table are known.
//
// The arguments go by value: a pointer to them would move them to the heap,
// where the stack copier does not look.
func (s *system) call(nr uintptr, a arguments) (uintptr, Errno) {
	if nr >= uintptr(len(table)) {
		return 0, ENOSYS
	}
	e := &table[nr]
	switch {
	case e.run != nil:
		return e.run(s, a)
	case e.errno != 0:
		return 0, e.errno
	}
	return 0, ENOSYS
}

// file returns the file that argument 0 names, for the caller to release.
func (s *system) file(a *arguments) (*file, Errno) { return s.fds.get(a.int(0)) }
