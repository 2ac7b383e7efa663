// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The end of a kernel that Xen refused something. Any context.

//go:build domlet

#include "textflag.h"

// func refused(rc int)
TEXT ·refused(SB),NOSPLIT,$0-8
	MOVQ	rc+0(FP), R15
	UNDEF
	RET
