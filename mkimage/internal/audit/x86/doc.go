// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package x86 finds where instructions begin and end in 64-bit x86 code, and
// which of them a guest's program must not contain. It runs on the build
// machine, inside mkimage.
//
// # Why a decoder of our own
//
// The gate on images looks at every instruction of every image, on every link,
// and an instruction it cannot measure stops the build. So it needs a decoder
// that is fast, that knows VEX, EVEX and the newer legacy instructions, and
// that says no rather than guess. Measuring needs far less than printing: the
// length of an instruction follows from its prefixes, its opcode map, one byte
// of description for each opcode, and the ModRM byte. That is all there is in
// decode.go and tables.go; vex.go adds the two vector encodings.
//
// # What it refuses
//
// [Decode] returns false for what is not defined in 64-bit mode, and for bytes
// that processors read differently: near branches with an operand-size prefix
// (AMD's are shorter than Intel's), UD0, and F2 together with F3. It also does
// not know 3DNow!, XOP, FMA4, SSE4a, VIA PadLock and APX, which no Go toolchain
// emits. It does accept some encodings whose operands are invalid, such as LOCK
// before an instruction that cannot be locked: their length is beyond doubt, and
// the processor raises #UD when it meets one.
//
// # What it names
//
// [Inst.Sensitive] names what only a kernel, or a caller of the hypervisor, has
// a use for: SYSCALL, software interrupts, port access, HLT, loads of system
// registers and of segment bases, and so on. What a program may run in
// kernel mode as well as in user mode (CPUID, RDTSC, XGETBV, INT3, UD2) has no
// name here.
//
// The tests compare lengths with objdump, over the assembler's own test data,
// over the standard library and over crafted tables, and with
// golang.org/x/arch/x86/x86asm.
package x86
