// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// An open file: what descriptors point at. Several descriptors may share one
// (dup), and so may calls still running in it after the last of them closed.

package posix

import (
	"sync"
	"sync/atomic"
)

// Open flags, Linux's values on amd64 (asm-generic/fcntl.h).
const (
	oAccess    = 0x3
	oReadOnly  = 0x0
	oWriteOnly = 0x1
	oReadWrite = 0x2
	oCreate    = 0x40
	oExclusive = 0x80
	oTruncate  = 0x200
	oAppend    = 0x400
	oNonblock  = 0x800
	oDirect    = 0x4000
	oSync      = 0x101000 // O_SYNC, O_DSYNC among it
	oLargeFile = 0x8000
	oDirectory = 0x10000
	oNoFollow  = 0x20000
	oCloexec   = 0x80000
	oPath      = 0x200000
	oTemporary = 0x400000 // O_TMPFILE but for O_DIRECTORY
)

// current as an offset means the file's own position.
const current = -1

// A wait mode: readable or writable.
const (
	modeRead  = 'r'
	modeWrite = 'w'
)

// object is what a file does; there is a room for each: console, pipes, the tree.
type object interface {
	// read fills b from offset off, or from the file's position.
	read(f *file, b []byte, off int64) (int, Errno)
	// write takes b at offset off, or at the file's position.
	write(f *file, b []byte, off int64) (int, Errno)
	// seek moves the position; ESPIPE from a stream.
	seek(f *file, off int64, whence int) (int64, Errno)
	// capacity is how many bytes the object buffers, after it was asked to
	// buffer want unless that is negative; EBADF from what is no pipe.
	capacity(want int64) (uintptr, Errno)
	// status describes the object.
	status() status
	// close is called when the last descriptor and the last call are gone.
	close(f *file)
}

// file is one open file (Linux: an open file description).
type file struct {
	object object
	k      kernel
	polled int           // descriptors below this can be waited for in Go's poller
	refs   atomic.Int32  // descriptors and running calls
	flags  atomic.Uint32 // access mode and status flags
	mu     sync.Mutex    // guards the rest; taken after any object's lock
	at     int64         // position
	slots  []uint32      // descriptors that name this file
}

// release gives one reference back.
func (f *file) release() {
	if f.refs.Add(-1) == 0 {
		f.object.close(f)
	}
}

func (f *file) nonblock() bool { return f.flags.Load()&oNonblock != 0 }

// attach notes that descriptor fd names the file from now on.
func (f *file) attach(fd int) {
	f.mu.Lock()
	f.k.slotReset(uint32(fd), fd < f.polled)
	f.slots = append(f.slots, uint32(fd))
	f.mu.Unlock()
}

// detach is attach's opposite.
func (f *file) detach(fd int) {
	f.mu.Lock()
	f.k.slotReset(uint32(fd), false)
	last := len(f.slots) - 1
	for i, slot := range f.slots {
		if slot == uint32(fd) {
			f.slots[i] = f.slots[last]
			f.slots = f.slots[:last]
			break
		}
	}
	f.mu.Unlock()
}

// raise tells Go's poller, for each descriptor of the file, that it is ready.
func (f *file) raise(mode byte) {
	f.mu.Lock()
	for _, slot := range f.slots {
		f.k.raise(slot, mode)
	}
	f.mu.Unlock()
}

// lock takes m as the file's mode of waiting asks: false is EAGAIN.
func (f *file) lock(m *sync.Mutex) bool {
	if f.nonblock() {
		return m.TryLock()
	}
	m.Lock()
	return true
}
