// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The seam's functions for xenstore.

//go:build domlet

package guest

// Store returns where the kernel has its hold on the xenstore ring, a
// bytering.Messages, and the ring's port; 0 where the domain has no xenstore. The
// kernel reads the ring while the program does not listen, writes few messages,
// and the last one when the domain ends.
func Store() (ring uintptr, port uint32)

// StoreHeard hands the kernel a message that came while the program listened and
// that nothing of the program's explains: its type, its request's number, and
// its payload.
func StoreHeard(kind, id uint32, text []byte)

// StoreLeft tells the kernel that the program listens no more.
func StoreLeft()
