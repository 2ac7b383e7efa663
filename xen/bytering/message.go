// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A ring whose bytes are messages, with the program and the kernel at its end.
// Any context.

package bytering

import "sync/atomic"

// Messages is a ring that carries whole messages, for two users: the program,
// and the kernel, which says and hears little. Each direction has an owner while
// a part of a message may be under way in it. The program may keep a direction
// for long; the kernel keeps one for microseconds, so the program waits for it by
// trying again, and the kernel never waits. The zero value has no page.
type Messages struct {
	Ring
	out uint32 // who writes
	in  uint32 // who reads
}

// Owners of a direction.
const (
	nobody = iota
	theProgram
	theKernel
	sealed // nobody begins a message any more
)

// Begin is called before the first byte of a message of the program's is written.
// False: the domain is ending, and no message goes out any more.
func (m *Messages) Begin() bool {
	for {
		if atomic.CompareAndSwapUint32(&m.out, nobody, theProgram) {
			return true
		}
		if atomic.LoadUint32(&m.out) != theKernel {
			return false
		}
	}
}

// End is called when the last byte of a message has been written.
func (m *Messages) End() { atomic.StoreUint32(&m.out, nobody) }

// TryBegin is Begin for the kernel, which does not wait: false, it may be tried
// again.
func (m *Messages) TryBegin() bool { return atomic.CompareAndSwapUint32(&m.out, nobody, theKernel) }

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
