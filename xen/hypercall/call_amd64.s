// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The gate. Runs in any context.

//go:build domlet

#include "go_asm.h"
#include "textflag.h"

// domlet·hypercall calls Xen: AX = number, DI SI DX R10 R8 = arguments. AX is the
// answer; CX and R11 are lost.
TEXT domlet·hypercall(SB),NOSPLIT|NOFRAME,$0
	CMPB	·gate(SB), $const_VMCALL
	JEQ	intel
	JHI	amd
	SYSCALL
	RET
intel:
	BYTE	$0x0f; BYTE $0x01; BYTE $0xc1	// VMCALL
	RET
amd:
	BYTE	$0x0f; BYTE $0x01; BYTE $0xd9	// VMMCALL
	RET

// func Call(nr, a1, a2, a3, a4 uintptr) int
TEXT ·Call(SB),NOSPLIT,$0-48
	MOVQ	nr+0(FP), AX
	MOVQ	a1+8(FP), DI
	MOVQ	a2+16(FP), SI
	MOVQ	a3+24(FP), DX
	MOVQ	a4+32(FP), R10
	CALL	domlet·hypercall(SB)
	MOVQ	AX, ret+40(FP)
	RET
