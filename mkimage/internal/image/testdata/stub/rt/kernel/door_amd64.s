// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build domlet

#include "textflag.h"

// The image header, which is reached from the entry and so stays in the link.
DATA ·header+0(SB)/8, $"domlet-i"
DATA ·header+8(SB)/8, $"mage\x00\x00\x00\x01"
DATA ·header+16(SB)/8, $domlet·entry(SB)
GLOBL ·header(SB), NOPTR, $64

TEXT domlet·entry(SB),NOSPLIT|NOFRAME,$0
	LEAQ	·header(SB), AX
	JMP	_rt0_amd64(SB)

// The return address waits in a register: clone returns on another stack.
TEXT domlet·door(SB),NOSPLIT|NOFRAME,$0
	POPQ	R15
	SYSCALL
	JMP	R15

// func nanotime() int64, in AX.
TEXT domlet·nanotime(SB),NOSPLIT,$24
	MOVL	$228, AX	// clock_gettime
	MOVL	$1, DI
	LEAQ	0(SP), SI
	SYSCALL
	MOVQ	0(SP), AX
	IMULQ	$1000000000, AX
	ADDQ	8(SP), AX
	RET

// func now() (sec int64, nsec int32, mono int64), in AX, BX and CX.
TEXT domlet·now(SB),NOSPLIT,$40
	CALL	domlet·nanotime(SB)
	MOVQ	AX, 16(SP)
	MOVL	$228, AX
	MOVL	$0, DI
	LEAQ	0(SP), SI
	SYSCALL
	MOVQ	0(SP), AX
	MOVQ	8(SP), BX
	MOVQ	16(SP), CX
	RET
