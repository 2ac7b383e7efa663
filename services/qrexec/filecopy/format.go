// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Headers and results as they are on the wire. Any goroutine.

package filecopy

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"syscall"
	"time"
)

// Sizes in bytes.
const (
	headerSize = 32
	resultSize = 16
	maxName    = 16383 // of a name, and of a link's target
)

// Types of files, in a mode.
const (
	typeBits  = 0o170000
	directory = 0o040000
	regular   = 0o100000
	symlink   = 0o120000
)

// ErrTruncated is the code of data that end in the middle; it is no error number.
const ErrTruncated Errno = 31415926

// Errno is what a receiver says went wrong: a number of Linux's, or ErrTruncated.
type Errno uint32

// Error says it in words.
func (e Errno) Error() string {
	if e == ErrTruncated {
		return "the data end in the middle"
	}
	return syscall.Errno(e).Error()
}

// Failure is a copy that failed, and at which name.
type Failure struct {
	Name string // as the other end sent it; may be empty
	Err  error
}

// Error quotes the name: it may be anything.
func (f *Failure) Error() string {
	if f.Name == "" {
		return fmt.Sprintf("copying files: %v", f.Err)
	}
	return fmt.Sprintf("copying files: %.200q: %v", f.Name, f.Err)
}

// Unwrap returns what went wrong.
func (f *Failure) Unwrap() error { return f.Err }

// header is a thing without name and content.
type header struct {
	nameLen      uint32 // with a NUL; 0 at the end of all
	mode         uint32
	size         uint64
	atime, mtime stamp
}

// stamp is a time on the wire.
type stamp struct{ sec, nsec uint32 }

func stampOf(t time.Time) stamp { return stamp{uint32(t.Unix()), uint32(t.Nanosecond())} }

func (s stamp) time() time.Time { return time.Unix(int64(s.sec), int64(s.nsec)) }

func (h *header) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, h.nameLen)
	b = binary.LittleEndian.AppendUint32(b, h.mode)
	b = binary.LittleEndian.AppendUint64(b, h.size)
	for _, v := range []uint32{h.atime.sec, h.atime.nsec, h.mtime.sec, h.mtime.nsec} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

func parseHeader(b *[headerSize]byte) header {
	u := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	return header{u(0), u(4), binary.LittleEndian.Uint64(b[8:]), stamp{u(16), u(20)}, stamp{u(24), u(28)}}
}

// kind is the type of the file.
func (h *header) kind() uint32 { return h.mode & typeBits }

// permissions are the nine bits that a receiver takes.
func (h *header) permissions() fs.FileMode { return fs.FileMode(h.mode) & fs.ModePerm }

// check looks at the numbers that mean something whatever the name is.
func (h *header) check() error {
	switch {
	case h.nameLen > maxName+1:
		return Errno(syscall.ENAMETOOLONG)
	case h.atime.nsec >= 1e9 || h.mtime.nsec >= 1e9:
		return Errno(syscall.EINVAL)
	}
	switch h.kind() {
	case regular:
		if h.size > 1<<63-1 {
			return Errno(syscall.EINVAL)
		}
	case directory:
		if h.size != 0 {
			return Errno(syscall.EINVAL)
		}
	case symlink:
		if h.size > maxName || h.size == 0 {
			return Errno(syscall.ENAMETOOLONG)
		}
	default:
		return Errno(syscall.EINVAL)
	}
	return nil
}

// result is the answer of a receiver.
type result struct {
	code Errno
	crc  uint64
}

func (r result) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(r.code)) // with four bytes that mean nothing
	return binary.LittleEndian.AppendUint64(b, r.crc)
}

func parseResult(b *[resultSize]byte) result {
	return result{Errno(binary.LittleEndian.Uint32(b[:])), binary.LittleEndian.Uint64(b[8:])}
}
