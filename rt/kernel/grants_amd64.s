// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The way from the kernel door to grants.go, which the linker follows only where
// the program does.

//go:build domlet

#include "textflag.h"

// func linkGrants()
// On a thread.
TEXT ·linkGrants(SB),NOSPLIT,$0-0
	MOVQ	·grantCallFn(SB), AX
	MOVQ	AX, ·grantCalls(SB)
	RET

// func callGrants(t *thread, nr uintptr) uintptr
// Kernel, lock held. The frame has room for what the Go function spills.
TEXT ·callGrants(SB),NOSPLIT,$32-24
	MOVQ	t+0(FP), AX
	MOVQ	nr+8(FP), BX
	MOVQ	·grantCalls(SB), DX
	PXOR	X15, X15
	CALL	(DX)
	MOVQ	AX, ret+16(FP)
	RET
