// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package hypercall is the gate to the hypervisor: one assembly function, and a
// typed wrapper for each call the kernel makes.
//
// It belongs to the privileged rooms: no allocation, no write barriers, callable
// on a kernel stack with no goroutine behind it. Arguments that are addresses
// must point to memory that is mapped and stays so: the image, a kernel stack or
// a kernel frame. Xen answers EFAULT for a page that is not there, it takes no
// fault.
//
// In a 64-bit PV kernel the SYSCALL instruction is the hypercall: rax holds the
// number, rdi rsi rdx r10 r8 the arguments; rcx and r11 are lost (Xen's
// public/arch-x86/xen-x86_64.h). This package and the kernel's entry code hold
// the only SYSCALL instructions of an image. In a PVH domain the registers are the
// same and the instruction is VMCALL or VMMCALL, whichever the CPU's maker has;
// xen/pvh asks Xen for the right one and says so to Use.
package hypercall
