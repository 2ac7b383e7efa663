// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package guest is the seam between the edge rooms (xen/evtchn, xen/grant,
// xen/pages, xen/store/local) and the kernel of a domain: functions without a body,
// which rt/kernel and the overlaid runtime push by linkname. Importing it does not import the kernel.
//
// All run on a goroutine with its P, and may park it.
package guest
