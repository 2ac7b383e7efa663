// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A ring whose bytes are messages, with a second writer for the last of them.
// Any context.

package bytering

import "sync/atomic"

// Messages is a ring that carries whole messages. The program writes all but the
// last, each between Begin and End; the kernel writes the last, after Seal. Its
// zero value has no page.
type Messages struct {
	Ring
	state uint32 // idle, begun or sealed
}

// States of a Messages.
const (
	idle   = iota
	begun  // a part of a message may be in the ring
	sealed // nobody begins one any more
)

// Begin is called before the first byte of a message is written. False: the
// domain is ending, and no message goes out any more.
func (m *Messages) Begin() bool { return atomic.CompareAndSwapUint32(&m.state, idle, begun) }

// End is called when the last byte of a message has been written.
func (m *Messages) End() { atomic.StoreUint32(&m.state, idle) }

// Seal keeps everybody from beginning a message, for ever. False: somebody has
// begun one; it may be tried again.
func (m *Messages) Seal() bool { return atomic.CompareAndSwapUint32(&m.state, idle, sealed) }
