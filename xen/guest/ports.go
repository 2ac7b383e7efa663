// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What can be done to a port. Declarations.

package guest

// Op is what PollControl does to a port.
type Op uint32

// The operations. The kernel has the same numbers; 0 and 1 are its own.
const (
	Mask   Op = iota + 2 // keep events back
	Unmask               // let events in, and one that waits
	Move                 // have another vCPU serve the port (EVTCHNOP_bind_vcpu)
	Wake                 // end the present or next PollWait without an event
)
