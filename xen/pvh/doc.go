// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package pvh is how a domain begins, maps memory and takes traps as a Xen PVH
// guest: a virtual machine without firmware or emulated devices. Its sibling
// package pv does the same for PV, under the same names; nothing outside the two
// and rt/kernel knows which one a domain is.
//
// # What Xen hands over
//
// The domain builder loads the image at its physical addresses, which are the
// virtual ones, and puts behind it the modules and one or more pages of
// hvm_start_info: the memory map, the command line, the list of modules. The CPU
// is in 32-bit mode without paging. The entry code (rt/kernel/entry32_amd64.s)
// builds three tables that map the first GiB to itself, and goes to long mode.
//
// # What Start makes of it
//
//	virtual address         what
//	0                       nothing, up to the image
//	Base = 4 MiB            the image: text, data, BSS, at its physical address
//	up to 2^47              the program's own: heap, stacks, what it maps
//	Direct                  every frame of the domain, by number
//	Window                  frames of others: shared_info, grants
//
// So the addresses are those of a PV domain. The image is mapped by pages of 4
// KiB; the direct map uses 2 MiB where no page of the image lies. Frames below
// the image, the first included, are ordinary memory, reached through the direct
// map only.
//
// # Page tables
//
// They are the domain's own: a frame's number here is what the hardware's nested
// tables translate, and what Xen calls a machine frame in the arguments of its
// calls is, for a PVH domain, the same number. An entry is written by a store, but
// not where the table lies: there it can only be read (seal.go).
//
// # Exceptions and events
//
// The gate of an exception leads to a stack for exceptions (IST), which holds one
// frame and little else: the entry code copies it and leaves for the kernel's
// stack. So an exception needs nothing of the stack that ran, which may be the one
// whose page is missing; and what can come while such a frame is not yet copied,
// an NMI or a double fault, has another. Gates, segments and the addresses of
// these stacks are in a page of each vCPU's that can only be read
// (descriptors.go). An event is pushed on the stack that runs, as in a PV domain
// (rt/kernel/gates_amd64.s says why).
//
// An event is an interrupt of the vector that SetUpcall names. Xen raises it
// while evtchn_upcall_pending is set and RFLAGS.IF too, without a local APIC
// and without an end-of-interrupt; the handler must clear the first before the
// second comes back.
package pvh
