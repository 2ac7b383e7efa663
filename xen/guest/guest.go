// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The seam's functions.

//go:build domlet

package guest

// PollOpen has a vCPU serve an event-channel port that Xen delivers there, and
// gives the port a poll slot. The handle is for PollWait and PollClose; 0: there
// is no memory for it, or no such vCPU. What was sent before the call raises the
// slot.
func PollOpen(port, vcpu uint32) (handle uintptr)

// PollWait parks the goroutine until the port had an event, or a Wake, since the
// last PollWait, or ns nanoseconds have passed (0: for ever). It reports whether
// there was one, which may be one that an earlier PollWait was told of already.
// One goroutine may wait at a time, and none when PollClose is called.
func PollWait(handle uintptr, ns int64) bool

// PollControl does one thing to a port that is open, and answers an errno of
// Xen's or 0. The vCPU matters to Move only and is otherwise 0.
func PollControl(port uint32, do Op, vcpu uint32) (errno int)

// PollClose masks the port and gives its slot back. The port itself is still
// bound in Xen: the caller closes it next.
func PollClose(port uint32, handle uintptr)
