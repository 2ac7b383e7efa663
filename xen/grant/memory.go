// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Shared memory that can be closed under its users. Any goroutine.

package grant

import (
	"fmt"
	"os"
	"sync/atomic"

	"github.com/domlet/domlet/xen/gate"
)

// Memory is pages that another domain sees too, ours or its own. The peer may
// write any byte at any moment, so a caller reads a value once and checks the
// copy.
//
// All methods but Close may run in any number of goroutines, while Close does
// too. After Close, and after the table's owner was destroyed in a test, reads
// give zeros and writes go nowhere.
//
// Offsets are bytes from the start. A word at an offset that is not a multiple
// of 4 or not in the memory panics, as an index into a slice would: check what a
// peer said before using it as an offset. Copies end where the memory ends.
type Memory struct {
	users gate.Gate // accesses under way
	bytes []byte

	readOnly bool
}

// NewMemory makes a Memory of bytes, whose address must be a multiple of 4. It
// is for backends, and for tests of protocols over ordinary memory.
func NewMemory(bytes []byte) *Memory {
	return &Memory{users: gate.New(), bytes: bytes}
}

// Len returns the size in bytes, after Close too.
func (m *Memory) Len() int { return len(m.bytes) }

// Load32 reads the word at off. What the peer stored before it wrote the word is
// visible to the reads that follow.
func (m *Memory) Load32(off uint32) uint32 {
	w := m.word(off)
	if !m.users.Enter() {
		return 0
	}
	v := atomic.LoadUint32(w)
	m.users.Leave()
	return v
}

// Store32 writes the word at off. Whoever sees it also sees what was stored
// before, and no later load is made before it.
func (m *Memory) Store32(off, v uint32) {
	w := m.target(off)
	if m.users.Enter() {
		atomic.StoreUint32(w, v)
		m.users.Leave()
	}
}

// Or32 sets bits of the word at off in one step and returns what it was.
func (m *Memory) Or32(off, bits uint32) (old uint32) {
	w := m.target(off)
	if m.users.Enter() {
		old = atomic.OrUint32(w, bits)
		m.users.Leave()
	}
	return old
}

// And32 keeps only the given bits of the word at off, in one step, and returns
// what it was.
func (m *Memory) And32(off, bits uint32) (old uint32) {
	w := m.target(off)
	if m.users.Enter() {
		old = atomic.AndUint32(w, bits)
		m.users.Leave()
	}
	return old
}

// CopyOut copies bytes from off on into dst and returns how many: len(dst), or
// fewer where the memory ends, or 0 when it is closed.
func (m *Memory) CopyOut(dst []byte, off uint32) int {
	if !m.users.Enter() {
		return 0
	}
	n := copy(dst, m.from(off))
	m.users.Leave()
	return n
}

// CopyIn copies src to off and returns how many bytes: len(src), or fewer where
// the memory ends, or 0 when it is closed.
func (m *Memory) CopyIn(off uint32, src []byte) int {
	m.writable()
	if !m.users.Enter() {
		return 0
	}
	n := copy(m.from(off), src)
	m.users.Leave()
	return n
}

// Peek calls f with the n bytes at off in place, fewer where the memory ends.
// They may change while f looks at them, and f must not keep them: Close waits
// for f, so f must not call Close either, and it must not write to memory that
// is mapped for reading only. False: the memory is closed, and f was
// not called.
func (m *Memory) Peek(off uint32, n int, f func(b []byte)) bool {
	if !m.users.Enter() {
		return false
	}
	defer m.users.Leave()
	b := m.from(off)
	n = min(max(n, 0), len(b))
	f(b[:n:n])
	return true
}

// from returns the memory from off on.
func (m *Memory) from(off uint32) []byte { return m.bytes[min(uint64(off), uint64(len(m.bytes))):] }

// word checks an offset.
func (m *Memory) word(off uint32) *uint32 {
	if off%4 != 0 || uint64(off)+4 > uint64(len(m.bytes)) {
		panic(fmt.Sprintf("grant: no word at offset %d of %d bytes of memory", off, len(m.bytes)))
	}
	return word(m.bytes, off)
}

// target is word for writing.
func (m *Memory) target(off uint32) *uint32 {
	m.writable()
	return m.word(off)
}

// writable panics where a write would fault.
func (m *Memory) writable() {
	if m.readOnly {
		panic("grant: write to memory that is mapped for reading only")
	}
}

// close ends the use of the memory and waits until no access is under way. The
// second call gives os.ErrClosed.
func (m *Memory) close() error {
	if !m.users.Shut() {
		return os.ErrClosed
	}
	<-m.users.Empty()
	return nil
}

// Closed reports whether Close or Revoke was called.
func (m *Memory) Closed() bool { return m.users.IsShut() }

// Revoke ends the use of the memory as Close does, because the domain that had
// it is gone: only a test's hypervisor knows that. It does not wait: the channel
// has something once no access is under way any more.
func (m *Memory) Revoke() <-chan struct{} {
	m.users.Shut()
	return m.users.Empty()
}
