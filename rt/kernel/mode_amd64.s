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
	MOVL	$const_baseFS, DI
	MOVL	$const_callSetBase, AX
	SYSCALL
	RET

// func block()
// Gives the vCPU up until an event is pending. Events are masked before and
// after; Xen unmasks, looks, and blocks in one step.
TEXT ·block(SB),NOSPLIT,$0
	MOVB	$1, cpu_idle(GS)
	MOVL	$const_schedBlock, DI
	XORL	SI, SI
	MOVL	$const_callSched, AX
	SYSCALL
	MOVB	$1, MASK
	MOVB	$0, cpu_idle(GS)
	RET

// giveUp crashes the domain with no word: the kernel trapped while it was
// reporting a trap.
TEXT ·giveUp(SB),NOSPLIT|NOFRAME,$0
	MOVL	$const_endCrash, ·lastWill(SB)
	MOVL	$const_callSched, AX
	MOVL	$const_schedEnd, DI
	MOVQ	$·lastWill(SB), SI
	SYSCALL
	UNDEF
