// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The first instructions, and small services of the CPU.

//go:build domlet

#include "go_asm.h"
#include "textflag.h"
#include "mode_amd64.h"

// The image header: what mkimage looks for in the finished file.
DATA domlet·header+0(SB)/8, $"domlet-i"
DATA domlet·header+8(SB)/8, $"mage\x00\x00\x00\x01"
DATA domlet·header+16(SB)/8, $domlet·entry(SB)
DATA domlet·header+24(SB)/8, $domlet·entry32(SB)
DATA domlet·header+32(SB)/8, $0
DATA domlet·header+40(SB)/8, $0
DATA domlet·header+48(SB)/8, $0
DATA domlet·header+56(SB)/8, $0
GLOBL domlet·header(SB), NOPTR, $64

// Xen enters a PV domain here: RSI = start_info, RSP = the builder's boot stack, events
// masked, BSS zeroed. rt0 jumps here too, so that the linker keeps the kernel.
TEXT domlet·entry(SB),NOSPLIT|NOFRAME,$0
	LEAQ	·bootStack(SB), AX
	JMP	·begin(SB)

// begin: SI = start_info of either kind, AX = the lowest address of the boot
// stack that may be used.
TEXT ·begin(SB),NOSPLIT|NOFRAME,$0
	LEAQ	·bootStack+const_bootStackSize(SB), SP
	ANDQ	$~15, SP
	SUBQ	$64, SP
	MOVQ	SI, ·startInfo(SB)
	LEAQ	domlet·header(SB), CX
	MOVQ	CX, ·header(SB)
	MOVQ	$runtime·end(SB), CX
	MOVQ	CX, ·imageEnd(SB)
	MOVQ	$main(SB), CX
	MOVQ	CX, ·goStart(SB)
	// A g for kernel code: only its stack bounds are ever looked at.
	LEAQ	·bootG(SB), R14
	MOVQ	AX, 0(R14)
	MOVQ	SP, 8(R14)
	ADDQ	$const_kernelGuard, AX
	MOVQ	AX, 16(R14)
	MOVQ	AX, 24(R14)
	// The compiler reads g from -8(FS) after each call of assembly.
	MOVQ	R14, ·bootTLS(SB)
	LEAQ	·bootTLS+8(SB), SI
	CALL	·slowFS(SB)
	PXOR	X15, X15
	XORL	BP, BP
	CLD
	MOVQ	·bootFn(SB), DX
	CALL	(DX)
	JMP	·resume(SB)

// A further vCPU begins here: GS, FS and RSP are its own, events masked.
TEXT ·ap(SB),NOSPLIT|NOFRAME,$0
	MOVQ	cpu_g(GS), R14
	PXOR	X15, X15
	XORL	BP, BP
	CLD
	MOVQ	·apFn(SB), DX
	CALL	(DX)
	JMP	·resume(SB)

// func trapEntries(*[16]uintptr)
TEXT ·trapEntries(SB),NOSPLIT,$0-8
	MOVQ	t+0(FP), DI
	MOVQ	$·trap0(SB), AX
	MOVQ	AX, 0(DI)
	MOVQ	$·trap1(SB), AX
	MOVQ	AX, 8(DI)
	MOVQ	$·trap3(SB), AX
	MOVQ	AX, 16(DI)
	MOVQ	$·trap4(SB), AX
	MOVQ	AX, 24(DI)
	MOVQ	$·trap5(SB), AX
	MOVQ	AX, 32(DI)
	MOVQ	$·trap6(SB), AX
	MOVQ	AX, 40(DI)
	MOVQ	$·trap7(SB), AX
	MOVQ	AX, 48(DI)
	MOVQ	$·trap10(SB), AX
	MOVQ	AX, 56(DI)
	MOVQ	$·trap11(SB), AX
	MOVQ	AX, 64(DI)
	MOVQ	$·trap12(SB), AX
	MOVQ	AX, 72(DI)
	MOVQ	$·trap13(SB), AX
	MOVQ	AX, 80(DI)
	MOVQ	$·trap14(SB), AX
	MOVQ	AX, 88(DI)
	MOVQ	$·trap16(SB), AX
	MOVQ	AX, 96(DI)
	MOVQ	$·trap17(SB), AX
	MOVQ	AX, 104(DI)
	MOVQ	$·trap19(SB), AX
	MOVQ	AX, 112(DI)
	MOVQ	$0, 120(DI)
	RET

// func callbackEntries() (event, failsafe uintptr)
TEXT ·callbackEntries(SB),NOSPLIT,$0-16
	MOVQ	$·upcall(SB), AX
	MOVQ	AX, event+0(FP)
	MOVQ	$·failsafe(SB), AX
	MOVQ	AX, failsafe+8(FP)
	RET

// func apEntry() uintptr
TEXT ·apEntry(SB),NOSPLIT,$0-8
	MOVQ	$·ap(SB), AX
	MOVQ	AX, ret+0(FP)
	RET

// func pause()
TEXT ·pause(SB),NOSPLIT,$0
	PAUSE
	RET

// func rdrand() (v uint64, ok bool)
TEXT ·rdrand(SB),NOSPLIT,$0-9
	RDRANDQ	AX
	SETCS	ok+8(FP)
	MOVQ	AX, v+0(FP)
	RET

// func rdseed() (v uint64, ok bool)
TEXT ·rdseed(SB),NOSPLIT,$0-9
	RDSEEDQ	AX
	SETCS	ok+8(FP)
	MOVQ	AX, v+0(FP)
	RET

// func rdtsc() uint64
TEXT ·rdtsc(SB),NOSPLIT,$0-8
	RDTSC
	SHLQ	$32, DX
	ORQ	DX, AX
	MOVQ	AX, ret+0(FP)
	RET
