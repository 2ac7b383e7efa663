// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the CPU can do, and the registers that turn it on. Kernel.

//go:build domlet

#include "textflag.h"

// func xenCPUID(leaf, sub uint32) (a, b, c, d uint32)
// CPUID as Xen answers it in a PV domain: the bytes before it, UD2 and "xen", have Xen emulate
// the instruction where the CPU would execute it itself (public/arch-x86/xen.h,
// XEN_EMULATE_PREFIX).
TEXT ·xenCPUID(SB),NOSPLIT,$0-24
	MOVL	leaf+0(FP), AX
	MOVL	sub+4(FP), CX
	BYTE	$0x0f; BYTE $0x0b; BYTE $0x78; BYTE $0x65; BYTE $0x6e
	CPUID
	MOVL	AX, a+8(FP)
	MOVL	BX, b+12(FP)
	MOVL	CX, c+16(FP)
	MOVL	DX, d+20(FP)
	RET
