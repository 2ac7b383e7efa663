// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Calls that ask about a file: stat and its kin, and access.

package posix

// fstat: fd, result.
func (s *system) fstat(a *arguments) (uintptr, Errno) {
	st := a.file.object.status()
	return 0, a.storeStat(1, &st)
}

// newfstatat: directory fd, path, result, flags; stat and lstat: and no flags.
func (s *system) newfstatat(a *arguments) (uintptr, Errno) {
	flags := a.only(callNewfstatat, 3)
	if a.nr == callLstat {
		flags = atNoFollow
	}
	st, e := s.statusOf(a, flags)
	if e != 0 {
		return 0, e
	}
	return 0, a.storeStat(2, &st)
}

// statx: directory fd, path, flags, mask, result.
func (s *system) statx(a *arguments) (uintptr, Errno) {
	st, e := s.statusOf(a, a.uint32(2)&^atStatxSync)
	if e != 0 {
		return 0, e
	}
	return 0, a.storeStatx(4, &st)
}

// statusOf describes what the path in argument 1 names, which may be any open
// descriptor.
func (s *system) statusOf(a *arguments, flags uint32) (st status, e Errno) {
	if flags&^(atNoFollow|atNoAutomount|atEmptyPath) != 0 {
		return st, EINVAL
	}
	if flags&atEmptyPath != 0 && a.emptyPath(1) && a.int(0) != atCWD {
		f, e := s.fds.get(a.int(0))
		if e == 0 {
			st = f.object.status()
			f.release()
		}
		return st, e
	}
	n, e := s.lookupEmpty(a, 0, 1, flags)
	if e == 0 {
		st = n.status()
	}
	return st, e
}

// faccessat: directory fd, path, mode; faccessat2: and flags, of which none
// changes what root may do: everything but run what is no program.
func (s *system) faccessat(a *arguments) (uintptr, Errno) {
	const run, all = 1, 7
	mode, flags := a.uint32(2), a.only(callFaccessat2, 3)
	if mode&^all != 0 || flags&^(atNoFollow|atEffective|atEmptyPath) != 0 {
		return 0, EINVAL
	}
	n, e := s.lookupEmpty(a, 0, 1, flags)
	if e != 0 {
		return 0, e
	}
	if mode&run != 0 && !n.directory() && n.status().mode&modeRun == 0 {
		return 0, EACCES
	}
	return 0, 0
}
