// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Memory calls of the program itself (syscall.Mmap and the like). They are the
// kernel's; what belongs here is only that no file can be mapped.

package posix

const mapAnonymous = 0x20

// memory is mmap (address, length, protection, flags, fd, offset), mprotect,
// munmap and madvise. The addresses stay words: mapped memory does not move.
func (s *system) memory(a *arguments) (uintptr, Errno) {
	if a.nr == callMmap && a.word[3]&mapAnonymous == 0 {
		f, e := s.fds.get(a.int(4))
		if e != 0 {
			return 0, e
		}
		f.release()
		return 0, ENODEV
	}
	const lastError = 4095
	r := s.k.memoryCall(a.nr, a.word)
	if -r-1 < lastError {
		return 0, Errno(-r)
	}
	return r, 0
}
