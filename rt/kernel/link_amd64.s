// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The ways from the kernel to what only some programs use: each is made when the
// program first uses a function of the seam, so the linker follows it only where
// the program does.

//go:build domlet

#include "textflag.h"

// func linkGrants()
// On a thread.
TEXT ·linkGrants(SB),NOSPLIT,$0-0
	MOVQ	·grantCallFn(SB), AX
	MOVQ	AX, ·grantCalls(SB)
	RET

// func linkStore()
// On a thread.
TEXT ·linkStore(SB),NOSPLIT,$0-0
	MOVQ	·finishStoreFn(SB), AX
	MOVQ	AX, ·storeFinish(SB)
	RET

// func callLinked(fn uintptr, t *thread, nr uintptr) uintptr
// Kernel, lock held. The frame has room for what the Go function spills.
TEXT ·callLinked(SB),NOSPLIT,$32-32
	MOVQ	fn+0(FP), DX
	MOVQ	t+8(FP), AX
	MOVQ	nr+16(FP), BX
	PXOR	X15, X15
	CALL	(DX)
	MOVQ	AX, ret+24(FP)
	RET
