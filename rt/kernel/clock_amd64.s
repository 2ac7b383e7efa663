// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The clock: Xen's system time and wall clock, read without a door call
// (public/xen.h, struct vcpu_time_info). Any thread, events on; kernel too.

//go:build domlet

#include "go_asm.h"
#include "textflag.h"

#define VERSION const_timeVersion(R8)

// nanotime: AX = system time in ns, never smaller than what anybody got before.
// Clobbers CX DX SI DI R8 R9 R10.
//
// The version is read before and after: it is odd while Xen writes. The vCPU is
// compared too, because a thread may move between the two reads.
TEXT domlet·nanotime(SB),NOSPLIT|NOFRAME,$0
again:
	MOVQ	cpu_self(GS), R8
	MOVL	VERSION, R9
	TESTL	$1, R9
	JNZ	again
	RDTSC
	SHLQ	$32, DX
	ORQ	DX, AX
	SUBQ	const_timeTSC(R8), AX
	// The difference is signed: a young domain's timestamp may lie before its
	// own TSC began. A TSC behind Xen's means that no time has passed.
	JPL	2(PC)
	XORL	AX, AX
	MOVBLSX	const_timeShift(R8), CX
	TESTL	CX, CX
	JLT	right
	SHLQ	CX, AX
	JMP	scale
right:
	NEGL	CX
	SHRQ	CX, AX
scale:
	MOVL	const_timeMul(R8), DX
	MULQ	DX
	SHRQ	$32, DX, AX
	ADDQ	const_timeSystem(R8), AX
	CMPL	R9, VERSION
	JNE	again
	CMPQ	R8, cpu_self(GS)
	JNE	again
	MOVQ	AX, R10
	MOVQ	·latest(SB), AX
clamp:
	CMPQ	R10, AX
	JLE	done
	LOCK
	CMPXCHGQ	R10, ·latest(SB)
	JNE	clamp
	MOVQ	R10, AX
done:
	RET

// now: AX = Unix seconds, BX = nanoseconds, CX = nanotime.
TEXT domlet·now(SB),NOSPLIT|NOFRAME,$0
	CALL	domlet·nanotime(SB)
	MOVQ	AX, DI
	MOVQ	·sharedInfo(SB), R8
wall:
	MOVL	const_wallVersion(R8), R9
	TESTL	$1, R9
	JNZ	wall
	MOVL	const_wallSec(R8), SI
	MOVL	const_wallSecHi(R8), CX
	MOVL	const_wallNsec(R8), R10
	CMPL	R9, const_wallVersion(R8)
	JNE	wall
	SHLQ	$32, CX
	ORQ	CX, SI
	LEAQ	(DI)(R10*1), AX
	XORL	DX, DX
	MOVQ	$1000000000, R9
	DIVQ	R9
	MOVQ	DX, BX
	ADDQ	SI, AX
	MOVQ	DI, CX
	RET

// func nanotime() int64
TEXT ·nanotime(SB),NOSPLIT,$0-8
	CALL	domlet·nanotime(SB)
	MOVQ	AX, ret+0(FP)
	RET

// func walltime() (sec int64, nsec int32)
TEXT ·walltime(SB),NOSPLIT,$0-12
	CALL	domlet·now(SB)
	MOVQ	AX, sec+0(FP)
	MOVL	BX, nsec+8(FP)
	RET
