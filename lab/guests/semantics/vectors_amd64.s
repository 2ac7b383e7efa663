// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A loop over thirty-two-byte patterns in the AVX registers. In a domain and on
// Linux.

#include "textflag.h"

DATA lanes<>+0(SB)/8, $0
DATA lanes<>+8(SB)/8, $1
DATA lanes<>+16(SB)/8, $2
DATA lanes<>+24(SB)/8, $3
GLOBL lanes<>(SB), RODATA|NOPTR, $32

// SET puts seed*n + 0, 1, 2, 3 into a register. X is its lower half.
#define SET(n, X, Y) \
	IMUL3Q $n, AX, CX; \
	MOVQ CX, X; \
	VPBROADCASTQ X, Y; \
	VPADDQ lanes<>(SB), Y, Y

// CHECK adds one to DX when a register no longer holds what SET put there.
#define CHECK(n, Y, next) \
	IMUL3Q $n, AX, CX; \
	MOVQ CX, X15; \
	VPBROADCASTQ X15, Y15; \
	VPADDQ lanes<>(SB), Y15, Y15; \
	VPXOR Y, Y15, Y15; \
	VPTEST Y15, Y15; \
	JZ next; \
	INCQ DX

// func holdYMM(seed uint64, turns uint64) (changed uint64)
// Each turn of the loop rotates all registers by a quarter, so turns must be a
// multiple of four.
TEXT ·holdYMM(SB), NOSPLIT, $0-24
	MOVQ seed+0(FP), AX
	MOVQ turns+8(FP), DI
	SET(1, X0, Y0)
	SET(2, X1, Y1)
	SET(3, X2, Y2)
	SET(4, X3, Y3)
	SET(5, X4, Y4)
	SET(6, X5, Y5)
	SET(7, X6, Y6)
	SET(8, X7, Y7)
	SET(9, X8, Y8)
	SET(10, X9, Y9)
	SET(11, X10, Y10)
	SET(12, X11, Y11)
	SET(13, X12, Y12)
	SET(14, X13, Y13)
	SET(15, X14, Y14)

turn:
	VPERMQ $0x39, Y0, Y0
	VPERMQ $0x39, Y1, Y1
	VPERMQ $0x39, Y2, Y2
	VPERMQ $0x39, Y3, Y3
	VPERMQ $0x39, Y4, Y4
	VPERMQ $0x39, Y5, Y5
	VPERMQ $0x39, Y6, Y6
	VPERMQ $0x39, Y7, Y7
	VPERMQ $0x39, Y8, Y8
	VPERMQ $0x39, Y9, Y9
	VPERMQ $0x39, Y10, Y10
	VPERMQ $0x39, Y11, Y11
	VPERMQ $0x39, Y12, Y12
	VPERMQ $0x39, Y13, Y13
	VPERMQ $0x39, Y14, Y14
	DECQ DI
	JNZ  turn
	XORQ DX, DX
	CHECK(1, Y0, c1)

c1:
	CHECK(2, Y1, c2)

c2:
	CHECK(3, Y2, c3)

c3:
	CHECK(4, Y3, c4)

c4:
	CHECK(5, Y4, c5)

c5:
	CHECK(6, Y5, c6)

c6:
	CHECK(7, Y6, c7)

c7:
	CHECK(8, Y7, c8)

c8:
	CHECK(9, Y8, c9)

c9:
	CHECK(10, Y9, c10)

c10:
	CHECK(11, Y10, c11)

c11:
	CHECK(12, Y11, c12)

c12:
	CHECK(13, Y12, c13)

c13:
	CHECK(14, Y13, c14)

c14:
	CHECK(15, Y14, c15)

c15:
	VZEROUPPER
	PXOR X15, X15
	MOVQ DX, changed+16(FP)
	RET

// func cpuid1() (c uint32)
TEXT ·cpuid1(SB), NOSPLIT, $0-4
	MOVL $1, AX
	XORL CX, CX
	CPUID
	MOVL CX, c+0(FP)
	RET

// func xcr0() (a uint32)
// It may be called only where cpuid1 has the bit OSXSAVE.
TEXT ·xcr0(SB), NOSPLIT, $0-4
	XORL CX, CX
	XGETBV
	MOVL AX, a+0(FP)
	RET
