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
	mu    sync.Mutex // guards starting, and limits
	k     kernel
	fds   descriptors

	console *console
	net     sockets
	inodes  atomic.Uint64 // the last number given to a pipe
	tree    tree
	umask   atomic.Uint32
	limits  [limitCount]limit
}

// kind is how a call of the table is answered.
type kind uint8

const (
	refused  kind = iota // with an errno, or
	constant             // with always the same result;
	plain                // by a handler,
	onFile               // whose argument 0 is an open descriptor, or
	onPath               // which wants a directory's descriptor first, not given
)

// entry is one line of the table.
type entry struct {
	kind     kind
	value    uint8 // refused: the errno; constant: the result; else the handler
	pointers uint8 // bit i: argument i may be a pointer
}

// start opens descriptors 0, 1 and 2 and sets the defaults. It happens at the
// first call, not in a package init: a program's own init functions come first.
func (s *system) start(k kernel) {
	s.mu.Lock()
	if !s.ready.Load() {
		s.k = k
		s.umask.Store(0o022)
		s.resetLimits()
		s.console = &console{k: k}
		for range 3 {
			s.fds.add(s.console.open(oReadWrite|oLargeFile), 0, false)
		}
		s.ready.Store(true)
	}
	s.mu.Unlock()
}

// answered stands in for a handler's number where the table has the answer.
const answered = 0xff

// call runs system call a.nr. Only numbers in the table are known.
//
// Handlers are called by a switch, not by function values: the compiler sees
// then that the arguments stay on the stack. In the heap they would hold
// pointers into a stack that may move.
func (s *system) call(a *arguments) (uintptr, Errno) {
	handler, r, e := s.find(a)
	if handler == answered {
		return r, e
	}
	defer a.done() // also when a caller's bad pointer ends the call in a panic
	if aboutSockets(handler) {
		return s.sockets(handler, a)
	}
	return s.handle(handler, a)
}

// callCommon is call for what every program calls. The linker leaves all other
// handlers out of a program that has only this.
func (s *system) callCommon(a *arguments) (uintptr, Errno) {
	handler, r, e := s.find(a)
	if handler == answered {
		return r, e
	}
	defer a.done() // as above
	return s.handleCommon(handler, a)
}

// callRead is call for read, which most programs make, and many only this of those
// that are not common. It makes what can be read part of a program, such as the
// console's line discipline.
func (s *system) callRead(a *arguments) (uintptr, Errno) {
	handler, r, e := s.find(a)
	if handler == answered {
		return r, e
	}
	defer a.done() // as above
	return s.readFrom(a)
}

// find looks call a.nr up. It returns the handler to run next, and has the
// arguments ready for it, or else the answer.
func (s *system) find(a *arguments) (handler uint8, r uintptr, errno Errno) {
	if a.nr >= uintptr(len(index)) {
		return answered, 0, ENOSYS
	}
	e := &entries[index[a.nr]]
	switch e.kind {
	case refused:
		return answered, 0, Errno(e.value)
	case constant:
		return answered, uintptr(e.value), 0
	case onPath:
		a.insert(0)
	case onFile:
		if a.file, errno = s.fds.get(a.int(0)); errno != 0 {
			return answered, 0, errno
		}
	}
	return e.value, 0, 0
}

// done gives back what find took.
func (a *arguments) done() {
	if a.file != nil {
		a.file.release()
	}
}
