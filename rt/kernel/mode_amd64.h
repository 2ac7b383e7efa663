// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the entry code does differently in the two boot modes.

#define PENDING const_infoPending(GS)
#define MASK const_infoMask(GS)

// Hold events back, first thing in the kernel.
#define MASK_EVENTS \
	MOVB	$1, MASK

// Point FS at the address in SI; AX, CX, DX, DI and R11 are lost. Where the CPU
// has WRFSBASE it costs no call of Xen. SP is a stack of the kernel's.
#define SETFS \
	CMPB	·fsgsbase(SB), $0; \
	JEQ	3(PC); \
	WRFSBASEQ	SI; \
	JMP	2(PC); \
	CALL	·slowFS(SB)
