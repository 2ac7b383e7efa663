// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Memory calls of the program itself (syscall.Mmap and the like). They are the
// kernel's; what belongs here is only that no file can be mapped.

package posix

const mapAnonymous = 0x20

// Numbers of the calls passed on.
const (
	callMmap     = 9
	callMprotect = 10
	callMunmap   = 11
	callMadvise  = 28
)

// mmap: address, length, protection, flags, fd, offset.
func (s *system) mmap(a arguments) (uintptr, Errno) {
	if a.word[3]&mapAnonymous == 0 {
		f, e := s.fds.get(a.int(4))
		if e != 0 {
			return 0, e
		}
		f.release()
		return 0, ENODEV
	}
	return s.memory(callMmap, &a)
}

func (s *system) mprotect(a arguments) (uintptr, Errno) { return s.memory(callMprotect, &a) }

func (s *system) munmap(a arguments) (uintptr, Errno) { return s.memory(callMunmap, &a) }

func (s *system) madvise(a arguments) (uintptr, Errno) { return s.memory(callMadvise, &a) }

// memory passes a call on. Its addresses stay words: mapped memory does not
// move.
func (s *system) memory(nr uintptr, a *arguments) (uintptr, Errno) {
	const lastError = 4095
	r := s.k.memoryCall(nr, a.word)
	if -r-1 < lastError {
		return 0, Errno(-r)
	}
	return r, 0
}
