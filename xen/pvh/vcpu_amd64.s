// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Descriptor tables of a vCPU, and the end of one that cannot go on. Interrupts
// off.

//go:build domlet

#include "go_asm.h"
#include "textflag.h"

// func stop()
TEXT ·stop(SB),NOSPLIT,$0
	UNDEF
	RET

// func refused(rc int)
TEXT ·refused(SB),NOSPLIT,$0-8
	MOVQ	rc+0(FP), R15
	UNDEF
	RET

// func load(gdt, idt *pointer)
// Loads both tables, the task register, and the selectors of code and stack,
// which the entry code's tables may have had elsewhere.
TEXT ·load(SB),NOSPLIT,$0-16
	MOVQ	gdt+0(FP), AX
	MOVQ	idt+8(FP), CX
	LGDT	(AX)
	LIDT	(CX)
	MOVL	$const_selTask, AX
	BYTE	$0x0f; BYTE $0x00; BYTE $0xd8	// LTR AX
	MOVL	$const_selData, AX
	BYTE	$0x8e; BYTE $0xd0	// MOVW AX, SS
	MOVL	$const_selCode, AX
	PUSHQ	AX
	LEAQ	·reloaded(SB), AX
	PUSHQ	AX
	BYTE	$0x48; BYTE $0xcb	// RETFQ to reloaded, with the new code selector

// reloaded is the second half of load.
TEXT ·reloaded(SB),NOSPLIT|NOFRAME,$0
	RET

// begin is where another vCPU's first instruction is, in 64-bit mode on the
// page tables of the domain: DI and BP = GS and FS base, BX = where to go on.
TEXT ·begin(SB),NOSPLIT|NOFRAME,$0
	MOVL	$const_msrGS, CX
	MOVL	DI, AX
	MOVQ	DI, DX
	SHRQ	$32, DX
	WRMSR
	MOVL	$const_msrFS, CX
	MOVL	BP, AX
	MOVQ	BP, DX
	SHRQ	$32, DX
	WRMSR
	JMP	BX

// func beginning() uintptr
TEXT ·beginning(SB),NOSPLIT,$0-8
	LEAQ	·begin(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
