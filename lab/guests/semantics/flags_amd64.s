// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Access to the flags and to MXCSR. In a domain and on Linux.

#include "textflag.h"

// func readFlags() uint64
TEXT ·readFlags(SB), NOSPLIT, $8-8
	PUSHFQ
	POPQ AX
	MOVQ AX, ret+0(FP)
	RET

// func setMXCSR(v uint32)
TEXT ·setMXCSR(SB), NOSPLIT, $0-4
	LDMXCSR v+0(FP)
	RET

// func readMXCSR() uint32
TEXT ·readMXCSR(SB), NOSPLIT, $0-4
	STMXCSR ret+0(FP)
	RET
