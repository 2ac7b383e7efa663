// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A ring whose bytes are messages, with the program and the kernel at its end.
// Any context.

package bytering

import (
	"sync/atomic"
	"unsafe"
)

// Messages is a ring that carries whole messages, for two users: the program,
// and the kernel, which says and hears little. Each direction has an owner while
// a part of a message may be under way in it. The program may keep a direction
// for long; the kernel keeps one for microseconds, so the program waits for it by
// trying again, and the kernel never waits. At the end of the domain, when the
// program stands still, the kernel finishes what the program has begun to write.
// The zero value has no page.
type Messages struct {
	Ring
	out uint32 // who writes
	in  uint32 // who reads

	// The message that the program writes.
	first uint32  // index of its first byte
	size  uint32  // bytes; 0: nothing of it is in the ring
	at    uintptr // where in memory it lies
}

// Owners of a direction.
const (
	nobody = iota
	theProgram
	theKernel
	sealed // nobody begins a message any more
	cut    // nor can the kernel: the last one was cut short
)

// Begin is called before the first byte of p, a whole message of the program's,
// is written. p stays where it is until End, and so is on the heap. False: no
// message goes out any more; the domain is ending, or a message was cut short.
func (m *Messages) Begin(p []byte) bool {
	for !atomic.CompareAndSwapUint32(&m.out, nobody, theProgram) {
		// The kernel may have let go since.
		if o := atomic.LoadUint32(&m.out); o != theKernel && o != nobody {
			return false
		}
	}
	m.first, m.at = m.written, uintptr(unsafe.Pointer(unsafe.SliceData(p)))
	atomic.StoreUint32(&m.size, uint32(len(p))) // makes the others valid, so it comes last
	return true
}

// End is called when no more of the program's message will be written. A message of which
// only a part was written is cut short: what followed would be taken for its rest.
func (m *Messages) End() {
	if done := m.written - m.first; m.size != 0 && done != 0 && done != m.size {
		atomic.StoreUint32(&m.out, cut)
		return
	}
	atomic.StoreUint32(&m.size, 0)
	atomic.StoreUint32(&m.out, nobody)
}

// Seize is Seal in the middle of a message of the program's, which stands still
// and will not go on, wherever in Begin, Write or End it was. It returns where in
// memory what is missing of that message lies, and how many bytes it is. False:
// the message was cut short, and nothing can follow it.
func (m *Messages) Seize() (rest uintptr, n uint32, ok bool) {
	if atomic.LoadUint32(&m.out) != theProgram {
		return 0, 0, m.Seal()
	}
	atomic.StoreUint32(&m.out, sealed)
	done := m.written - m.first
	if done >= m.size {
		return 0, 0, true
	}
	return m.at + uintptr(done), m.size - done, true
}

// TryBegin is Begin for the kernel, which does not wait: false, it may be tried
// again.
func (m *Messages) TryBegin() bool { return atomic.CompareAndSwapUint32(&m.out, nobody, theKernel) }

// Release is called when the last byte of a message of the kernel's has been
// written.
func (m *Messages) Release() { atomic.StoreUint32(&m.out, nobody) }

// Seal keeps everybody from beginning a message, for ever. False: somebody has
// begun one; it may be tried again.
func (m *Messages) Seal() bool { return atomic.CompareAndSwapUint32(&m.out, nobody, sealed) }

// Listen is called before the program reads; what comes is the program's then.
func (m *Messages) Listen() {
	for !atomic.CompareAndSwapUint32(&m.in, nobody, theProgram) {
	}
}

// TryListen is Listen for the kernel, which does not wait: false, the program reads.
func (m *Messages) TryListen() bool { return atomic.CompareAndSwapUint32(&m.in, nobody, theKernel) }

// Unlisten is called by who reads, when nothing or whole messages were read.
func (m *Messages) Unlisten() { atomic.StoreUint32(&m.in, nobody) }
