// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the entry code does differently in the two boot modes.

#define PENDING const_infoPending(GS)
#define MASK const_infoMask(GS)

// Hold events back, first thing in the kernel: by the vCPU's mask byte, or by the
// interrupt flag.
#define MASK_EVENTS \
	CMPB	·mode(SB), $const_modePVH; \
	JEQ	3(PC); \
	MOVB	$1, MASK; \
	JMP	2(PC); \
	CLI

// Let events come and jump to CX, in a PVH domain: they are held back until the
// instruction behind STI is done. In a PV domain go on behind this.
#define UNMASK_AND_JUMP \
	CMPB	·mode(SB), $const_modePVH; \
	JNE	3(PC); \
	STI; \
	JMP	CX

// Load everything from the stack: ax, r11, rcx, 0, rip, cs, rflags, rsp, ss. It
// sets RSP, RFLAGS and whether events are masked in one step.
#define IRET \
	CMPB	·mode(SB), $const_modePVH; \
	JEQ	4(PC); \
	MOVL	$const_callIret, AX; \
	SYSCALL; \
	UNDEF; \
	POPQ	AX; \
	POPQ	R11; \
	POPQ	CX; \
	LEAQ	8(SP), SP; \
	IRETQ

// The vCPU was idle: an upcall of a PVH domain ends block.
#define WOKEN \
	CMPB	·mode(SB), $const_modePVH; \
	JNE	2(PC); \
	JMP	·woken(SB)

// Point FS at the address in SI; AX, CX, DX, DI and R11 are lost. Where the CPU
// has WRFSBASE it costs no call of Xen. SP is a stack of the kernel's.
#define SETFS \
	CMPB	·fsgsbase(SB), $0; \
	JEQ	3(PC); \
	WRFSBASEQ	SI; \
	JMP	2(PC); \
	CALL	·slowFS(SB)
