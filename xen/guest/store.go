// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The seam's function for xenstore.

//go:build domlet

package guest

// Store returns where the kernel has its hold on the xenstore ring, a
// bytering.Messages, and the ring's port; 0 where the domain has no xenstore.
// The kernel uses the ring only when the domain ends.
func Store() (ring uintptr, port uint32)
