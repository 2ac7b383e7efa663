// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package audit is the gate that every image passes after the link. It runs on
// the build machine, inside mkimage.
//
// # Why
//
// A domain's program runs in kernel mode, and in a paravirtual kernel SYSCALL
// is the hypercall, in Linux's own registers: a stray write (1) of some
// package's assembly would be mmu_update, its close (3) stack_switch. HLT, port
// access or a load of GS are as far from what their author meant. No test run
// finds such an instruction before it is reached, so [Gate] looks at every
// instruction of the finished program, in the machine code itself.
//
// # How
//
// Function boundaries come from the table that the Go runtime itself unwinds
// with (pclntab), which is there in stripped programs too. Each function is
// walked from its first byte to the next function's first byte, by the decoder
// in package x86; between them the functions cover the whole of .text, and
// .text all that is executable but the page of ELF headers. What the walk meets is
// one of:
//
//   - an instruction any program may contain;
//   - a site that the table in allow.go lists: the kernel's own;
//   - a SYSCALL of golang.org/x/sys/unix.SyscallNoError or RawSyscallNoError,
//     which belong to many programs (Getpid): Gate rewrites it to UD2, an
//     instruction of the same length, and the kernel's #UD handler answers as
//     the kernel door does;
//   - anything else that [x86.Inst.Sensitive] has a name for: an error;
//   - bytes that are no instruction: an error, because whatever follows them
//     has not been looked at.
//
// # What it cannot see
//
// A jump into the middle of an instruction, and code that a program writes
// itself: the former no compiler emits, the latter has nowhere to stand,
// since Gate refuses segments that are writable and executable. The gate guards
// against mistakes, in our overlay first of all; it is no sandbox for a program
// that means harm to its own domain.
package audit
