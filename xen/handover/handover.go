// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package handover has what the two ways to boot tell the kernel, in one form: xen/pv
// reads it from the start info page of a PV domain, xen/pvh from the structures that a
// PVH domain finds. It is data, and imports nothing. Events masked.
package handover

// Info is what the kernel needs to know of the way it was started. Addresses
// are in the direct map.
type Info struct {
	Frames     uint32        // frames of the domain
	Limit      uint32        // their numbers are below this
	Behind     uint32        // how many the builder used, but for the image and its page tables
	Tables     uint32        // how many are page tables
	Free       [16][2]uint32 // free frames: from the first up to, but without, the second
	CmdLine    uintptr       // zero-terminated, at most abi.MAX_GUEST_CMDLINE bytes
	Module     uintptr       // the ramdisk, 0 if there is none
	ModuleSize uintptr       // bytes
	Console    uintptr       // page of the console ring
	ConsolePort,
	StorePort uint32
	Store      uintptr // page of the xenstore ring
	SharedInfo uint64  // as Xen takes it: the machine address as PV, the physical one as PVH
}
