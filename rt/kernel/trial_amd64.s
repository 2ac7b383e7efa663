// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Trials that only assembly can make. Kernel, lock held.

//go:build domlet && domlettest

#include "textflag.h"

// func overrun(top uintptr)
TEXT ·overrun(SB),NOSPLIT|NOFRAME,$0-8
	MOVQ	top+0(FP), AX
	MOVQ	AX, SP
more:
	PUSHQ	AX
	JMP	more
