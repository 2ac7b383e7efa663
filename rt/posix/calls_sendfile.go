// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The call that sends a file. Linked as calls_socket.go is.

package posix

// sendfile: fd to write to, descriptor of a file to read, where its offset is (null: the
// file's position counts), length. It returns when the writer takes no more, and the
// offset is behind what it took.
func (s *system) sendfile(a *arguments) (uintptr, Errno) {
	in, e := s.fds.get(a.int(1))
	if e != 0 {
		return 0, e
	}
	defer in.release()
	if _, ok := in.object.(*regular); !in.permits(true) || !a.file.permits(false) {
		return 0, EBADF
	} else if !ok || a.file.flags.Load()&oAppend != 0 {
		return 0, EINVAL
	}
	at, e := a.offset(2, in)
	if e != 0 {
		return 0, e
	}
	n, e := s.copyFile(a.file, in, at, min(uint64(a.int64(3)), maxTransfer))
	if n > 0 {
		e = a.storeOffset(2, in, at+n)
	}
	return uintptr(n), e
}

// offset is what argument i points at or, where it is null, the file's position.
func (a *arguments) offset(i int, f *file) (int64, Errno) {
	if a.null(i) {
		return f.object.seek(f, 0, seekCurrent)
	}
	b, e := a.memory(i, 8)
	if e != 0 {
		return 0, e
	}
	at := int64(get64(b))
	if at < 0 {
		return 0, EINVAL
	}
	return at, 0
}

// storeOffset is its opposite.
func (a *arguments) storeOffset(i int, f *file, at int64) Errno {
	if a.null(i) {
		_, e := f.object.seek(f, at, seekStart)
		return e
	}
	var b [8]byte
	put64(b[:], uint64(at))
	return a.store(i, b[:])
}

// copyFile writes bytes of a file from an offset on, until the writer would have to
// wait or the file ends. An error counts where nothing was written.
func (s *system) copyFile(to, from *file, at int64, length uint64) (total int64, e Errno) {
	b, _ := s.net.buffers.Get().(*[chunkSize]byte)
	if b == nil {
		b = new([chunkSize]byte)
	}
	defer s.net.buffers.Put(b)
	for uint64(total) < length && e == 0 {
		n, m := 0, 0
		if n, e = from.object.read(from, b[:min(length-uint64(total), chunkSize)], at+total); n == 0 {
			break
		}
		m, e = to.object.write(to, b[:n], current)
		if total += int64(m); m < n {
			break
		}
	}
	if total > 0 {
		e = 0
	}
	return total, e
}
