// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build domlet

// Where a goroutine's stack is. Runs on the caller's goroutine.

#include "textflag.h"

// func bounds() (low, high uintptr)
TEXT ·bounds(SB),NOSPLIT,$0-16
	MOVQ (TLS), AX // the g, which begins with its stack's bounds
	MOVQ 0(AX), BX
	MOVQ 8(AX), CX
	MOVQ BX, low+0(FP)
	MOVQ CX, high+8(FP)
	RET
