// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Where the two boot modes need different instructions, beside the entry code.
// Kernel, events masked.

//go:build domlet

#include "go_asm.h"
#include "textflag.h"
#include "mode_amd64.h"

// slowFS is what SETFS does without WRFSBASE.
TEXT ·slowFS(SB),NOSPLIT|NOFRAME,$0
	CMPB	·mode(SB), $const_modePVH
	JEQ	msr
	MOVL	$const_baseFS, DI
	MOVL	$const_callSetBase, AX
	SYSCALL
	RET
msr:
	MOVL	$0xc0000100, CX
	MOVL	SI, AX
	MOVQ	SI, DX
	SHRQ	$32, DX
	WRMSR
	RET

// func block()
// Gives the vCPU up until an event is pending. Events are masked before and
// after. In a PV domain Xen unmasks, looks, and blocks in one step; in a PVH
// domain the CPU does: an interrupt that waits behind STI ends HLT.
TEXT ·block(SB),NOSPLIT,$0
	MOVB	$1, cpu_idle(GS)
	CMPB	·mode(SB), $const_modePVH
	JEQ	halt
	MOVL	$const_schedBlock, DI
	XORL	SI, SI
	MOVL	$const_callSched, AX
	SYSCALL
	MOVB	$1, MASK
	MOVB	$0, cpu_idle(GS)
	RET
halt:
	MOVQ	SP, cpu_resting(GS)
	STI
	HLT
	JMP	·woken(SB)

// woken is the end of block in a PVH domain. upcall jumps here, interrupts off,
// and nothing of the frame that the CPU pushed is used: an interrupt that came
// between STI and HLT ends block like any other, and so does one that is delivered
// twice, the second time on top of the first frame (seen under emulation).
TEXT ·woken(SB),NOSPLIT|NOFRAME,$0
	CLI
	MOVQ	cpu_resting(GS), SP
	MOVB	$0, cpu_idle(GS)
	RET

// giveUp crashes the domain with no word: the kernel trapped while it was
// reporting a trap.
TEXT ·giveUp(SB),NOSPLIT|NOFRAME,$0
	MOVL	$const_endCrash, ·lastWill(SB)
	MOVL	$const_callSched, AX
	MOVL	$const_schedEnd, DI
	MOVQ	$·lastWill(SB), SI
	CALL	domlet·hypercall(SB)
	UNDEF
