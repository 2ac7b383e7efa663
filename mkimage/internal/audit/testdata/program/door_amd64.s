// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A door like that of the stand-in kernel, with room for a second SYSCALL.
// Linked, never run.

#include "textflag.h"

TEXT domlet·door(SB),NOSPLIT|NOFRAME,$0
	SYSCALL
	BYTE $0x90
	BYTE $0x90
	RET

// func door()
TEXT ·door(SB),NOSPLIT,$0
	CALL	domlet·door(SB)
	RET
