// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The seam's functions.

//go:build domlet

package guest

// PollOpen has the calling vCPU serve an event-channel port and gives the port
// a poll slot. The handle is for PollWait and PollClose; 0: there are too many
// ports. What was sent before the call raises the slot.
func PollOpen(port uint32) (handle uintptr)

// PollWait parks the goroutine until the port had an event since the last
// PollWait, or nanotime reaches deadline (ns, 0: never). It reports whether
// there was one; false also after PollClose. One goroutine may wait at a time.
func PollWait(handle uintptr, deadline int64) bool

// PollClose masks the port and wakes who waits for it. The port itself is still
// bound in Xen: the caller closes it next.
func PollClose(port uint32, handle uintptr)
