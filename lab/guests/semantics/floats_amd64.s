// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Sixteen-byte patterns in the vector registers. In a domain and on Linux.

#include "textflag.h"

// Go never preempts assembly, so what interrupts this function is the kernel
// switching threads: exactly the save and restore that is to be tested.

// SET puts seed*n, twice, into a register.
#define SET(n, X) \
	IMUL3Q $n, AX, CX; \
	MOVQ CX, X; \
	PUNPCKLQDQ X, X

// CHECK adds one to DX when either half of a register is no longer seed*n.
#define CHECK(n, X, next) \
	IMUL3Q $n, AX, CX; \
	MOVQ X, BX; \
	PSRLDQ $8, X; \
	MOVQ X, SI; \
	XORQ CX, BX; \
	XORQ CX, SI; \
	ORQ SI, BX; \
	JZ next; \
	INCQ DX

// func holdXMM(seed uint64, turns uint64) (changed uint64)
TEXT ·holdXMM(SB), NOSPLIT, $0-24
	MOVQ seed+0(FP), AX
	MOVQ turns+8(FP), DI
	SET(1, X0)
	SET(2, X1)
	SET(3, X2)
	SET(4, X3)
	SET(5, X4)
	SET(6, X5)
	SET(7, X6)
	SET(8, X7)
	SET(9, X8)
	SET(10, X9)
	SET(11, X10)
	SET(12, X11)
	SET(13, X12)
	SET(14, X13)
	SET(15, X14)

spin:
	DECQ DI
	JNZ  spin
	XORQ DX, DX
	CHECK(1, X0, c1)

c1:
	CHECK(2, X1, c2)

c2:
	CHECK(3, X2, c3)

c3:
	CHECK(4, X3, c4)

c4:
	CHECK(5, X4, c5)

c5:
	CHECK(6, X5, c6)

c6:
	CHECK(7, X6, c7)

c7:
	CHECK(8, X7, c8)

c8:
	CHECK(9, X8, c9)

c9:
	CHECK(10, X9, c10)

c10:
	CHECK(11, X10, c11)

c11:
	CHECK(12, X11, c12)

c12:
	CHECK(13, X12, c13)

c13:
	CHECK(14, X13, c14)

c14:
	CHECK(15, X14, c15)

c15:
	MOVQ DX, changed+16(FP)
	RET
