// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Where exceptions and events enter in a PVH domain. The CPU has pushed an error
// code for some, rip, cs, rflags, rsp and ss, for an exception on a stack for this
// only; with r11 and rcx on top that is the frame that Xen pushes in a PV domain,
// and the entry code is the same from there on.

//go:build domlet

#include "go_asm.h"
#include "textflag.h"

#define GATE(name, entry) \
TEXT name(SB),NOSPLIT|NOFRAME,$0; \
	PUSHQ	R11; \
	PUSHQ	CX; \
	JMP	entry(SB)

// What no program can have caused: whatever ran, the kernel reports it.
#define ABORT(name, vector, entry) \
TEXT name(SB),NOSPLIT|NOFRAME,$0; \
	PUSHQ	R11; \
	PUSHQ	CX; \
	MOVB	$1, cpu_depth(GS); \
	MOVL	$vector, CX; \
	JMP	entry(SB)

GATE(·gate0, ·trap0)
GATE(·gate1, ·trap1)
ABORT(·gate2, 2, ·trapPlain)
GATE(·gate3, ·trap3)
GATE(·gate4, ·trap4)
GATE(·gate5, ·trap5)
GATE(·gate6, ·trap6)
GATE(·gate7, ·trap7)
ABORT(·gate8, 8, ·trapCode)
GATE(·gate10, ·trap10)
GATE(·gate11, ·trap11)
GATE(·gate12, ·trap12)
GATE(·gate13, ·trap13)
GATE(·gate14, ·trap14)
GATE(·gate16, ·trap16)
GATE(·gate17, ·trap17)
ABORT(·gate18, 18, ·trapPlain)
GATE(·gate19, ·trap19)

// An event. It is pushed on the stack that runs, as in a PV domain: an emulated
// CPU may deliver it a second time a moment later, with interrupts off too (QEMU
// 7.2 does, when it is kicked just after VMRUN injected one), and on a stack of its
// own the second frame would overwrite the first. One that comes with interrupts
// off is none.
TEXT ·gateEvent(SB),NOSPLIT|NOFRAME,$0
	TESTB	$(const_flagIF >> 8), 17(SP)
	JEQ	none
	PUSHQ	R11
	PUSHQ	CX
	JMP	·upcall(SB)
none:
	IRETQ

// The gates by vector; 0 where there is none. An exception without a gate raises
// vector 11.
DATA ·gateTable+0(SB)/8, $·gate0(SB)
DATA ·gateTable+8(SB)/8, $·gate1(SB)
DATA ·gateTable+16(SB)/8, $·gate2(SB)
DATA ·gateTable+24(SB)/8, $·gate3(SB)
DATA ·gateTable+32(SB)/8, $·gate4(SB)
DATA ·gateTable+40(SB)/8, $·gate5(SB)
DATA ·gateTable+48(SB)/8, $·gate6(SB)
DATA ·gateTable+56(SB)/8, $·gate7(SB)
DATA ·gateTable+64(SB)/8, $·gate8(SB)
DATA ·gateTable+80(SB)/8, $·gate10(SB)
DATA ·gateTable+88(SB)/8, $·gate11(SB)
DATA ·gateTable+96(SB)/8, $·gate12(SB)
DATA ·gateTable+104(SB)/8, $·gate13(SB)
DATA ·gateTable+112(SB)/8, $·gate14(SB)
DATA ·gateTable+128(SB)/8, $·gate16(SB)
DATA ·gateTable+136(SB)/8, $·gate17(SB)
DATA ·gateTable+144(SB)/8, $·gate18(SB)
DATA ·gateTable+152(SB)/8, $·gate19(SB)
DATA ·gateTable+256(SB)/8, $·gateEvent(SB)
GLOBL ·gateTable(SB), NOPTR|RODATA, $264

// func gateEntries() *[33]uintptr
TEXT ·gateEntries(SB),NOSPLIT,$0-8
	LEAQ	·gateTable(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
