// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a caller handed over: the six argument words of one system call and,
// for those that are pointers, the typed pointer. Runs on the caller's
// goroutine. This is the one file that looks through a caller's pointer; the
// rest of the package sees lengths, []byte and string.

package posix

import "unsafe" // the callers' memory

const (
	// userEnd is the first address no Go pointer can have (Linux's TASK_SIZE
	// rounded up): above it a pointer is EFAULT, below it the caller vouches.
	userEnd = 1 << 47
	// maxTransfer is the most bytes one read or write moves (Linux's MAX_RW_COUNT).
	maxTransfer = 0x7ffff000
	// pathMax is the longest path with its closing NUL (Linux's PATH_MAX).
	pathMax = 4096
	// maxVectors is the longest iovec array (Linux's UIO_MAXIOV).
	maxVectors = 1024
)

// arguments is one call's six words. Where the table says that a word is a
// pointer, and the word is no small integer, pointer[i] holds it typed: the
// collector and the stack copier know that field, so it stays true while the
// call grows the stack or parks. A word itself must never be made a pointer,
// and nothing made from these pointers may outlive the call or be stored in
// an object of the heap: it may point into the caller's stack.
type arguments struct {
	word    [6]uintptr
	pointer [6]unsafe.Pointer
	nr      uintptr // the call's number, for handlers that serve several
	file    *file   // for calls on a descriptor: the file argument 0 names
}

// insert makes room for a directory's descriptor before argument i of a call
// that has none: the working directory.
func (a *arguments) insert(i int) {
	copy(a.word[i+1:], a.word[i:])
	copy(a.pointer[i+1:], a.pointer[i:])
	cwd := atCWD
	a.word[i], a.pointer[i] = uintptr(cwd), nil
}

// int returns argument i as C's int.
func (a *arguments) int(i int) int { return int(int32(a.word[i])) }

// int64 returns argument i as a 64-bit signed number (off_t, long).
func (a *arguments) int64(i int) int64 { return int64(a.word[i]) }

// uint32 returns argument i as C's unsigned int.
func (a *arguments) uint32(i int) uint32 { return uint32(a.word[i]) }

// null reports whether argument i is zero: an optional pointer left out.
func (a *arguments) null(i int) bool { return a.word[i] == 0 }

// memory returns the n bytes that argument i points at.
func (a *arguments) memory(i int, n uintptr) ([]byte, Errno) {
	if n == 0 {
		return nil, 0
	}
	return region(a.pointer[i], n)
}

// region makes the n > 0 bytes at p a slice, or says EFAULT. It stays a call:
// inlined everywhere it would double the size of the callers.
//
//go:noinline
func region(p unsafe.Pointer, n uintptr) ([]byte, Errno) {
	if p == nil || n > userEnd || uintptr(p) > userEnd-n {
		return nil, EFAULT
	}
	return unsafe.Slice((*byte)(p), n), 0 // the caller's buffer, as long as it says
}

// buffer returns the buffer of a read or write: argument i, with its length
// in argument i+1, cut to what one call moves.
func (a *arguments) buffer(i int) ([]byte, Errno) {
	if int64(a.word[i+1]) < 0 {
		return nil, EINVAL
	}
	return a.memory(i, min(a.word[i+1], maxTransfer))
}

// store copies a result to where argument i points.
func (a *arguments) store(i int, result []byte) Errno {
	b, e := a.memory(i, uintptr(len(result)))
	copy(b, result)
	return e
}

// offer is store for a pointer that may be null: then nothing is written.
func (a *arguments) offer(i int, result []byte) Errno {
	if a.null(i) {
		return 0
	}
	return a.store(i, result)
}

// text returns a copy of the C string that argument i points at.
func (a *arguments) text(i int) (string, Errno) {
	p := a.pointer[i]
	if p == nil || uintptr(p) > userEnd-pathMax {
		return "", EFAULT
	}
	n := 0
	// Byte by byte, since what lies after the NUL may be in no mapping; a
	// caller's C string has one, and past pathMax nobody looks.
	for *(*byte)(unsafe.Add(p, n)) != 0 {
		if n++; n == pathMax {
			return "", ENAMETOOLONG
		}
	}
	return string(unsafe.Slice((*byte)(p), n)), 0 // the n bytes just seen
}

// vector is Linux's struct iovec. The base is typed, so an array of them that
// lies on the caller's stack is kept true like any other Go value.
type vector struct {
	base   unsafe.Pointer // a *byte of the caller's
	length uintptr
}

// bytes returns the memory one vector describes.
func (v *vector) bytes() ([]byte, Errno) {
	if v.length == 0 {
		return nil, 0
	}
	return region(v.base, min(v.length, maxTransfer))
}

// vectors returns the iovec array that argument i points at, its length being
// argument i+1.
func (a *arguments) vectors(i int) ([]vector, Errno) {
	n := a.word[i+1]
	if n > maxVectors {
		return nil, EINVAL
	}
	b, e := a.memory(i, n*unsafe.Sizeof(vector{})) // the array's length in bytes
	if e != 0 || n == 0 {
		return nil, e
	}
	// The same memory as what it is: Go's own Iovec types have this layout.
	return unsafe.Slice((*vector)(unsafe.Pointer(&b[0])), n), 0
}
