// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The first instructions of a PVH domain: from 32-bit mode without paging to the
// 64-bit code that both kinds of domain share. Xen's docs/misc/pvh.pandoc has the
// state that it begins in.
//
// The assembler writes 64-bit code. Everything before the far return is therefore
// made of instructions that have the same encoding in both modes, on registers
// that exist in both; what has not stands here as bytes.

//go:build domlet

#include "go_asm.h"
#include "textflag.h"

// Flat segments: code of 64 bits at selector 8, data at 16.
DATA ·bootGDT+0(SB)/8, $0
DATA ·bootGDT+8(SB)/8, $0x00af9b000000ffff
DATA ·bootGDT+16(SB)/8, $0x00cf93000000ffff
GLOBL ·bootGDT(SB), NOPTR|RODATA, $24

// What LGDT wants: the limit, then the address.
DATA ·bootGDTR+0(SB)/2, $23
DATA ·bootGDTR+2(SB)/8, $·bootGDT(SB)
GLOBL ·bootGDTR(SB), NOPTR|RODATA, $10

// Put the address of a symbol into a register; CX is lost. An operand sym(SB) is
// relative to the next instruction in 64-bit mode, where that is added by the CPU,
// and a plain number in 32-bit mode, where it is added here: CALL over nothing and
// POP give the address of the POP, the next instruction but one is 7 bytes on.
#define ADDRESS(sym, reg) \
	BYTE	$0xe8; LONG $0; \
	POPQ	CX; \
	LEAL	sym(SB), reg; \
	LEAL	7(reg)(CX*1), reg

// Xen enters here: EBX = address of hvm_start_info; flat segments, no stack.
TEXT domlet·entry32(SB),NOSPLIT|NOFRAME,$0
	CLI
	CLD
	// The first word of start_info is the stack of the first call; it is put back.
	MOVL	(BX), BP
	LEAL	4(BX), SP
	ADDRESS(·bootStack, DI)
	MOVL	BP, (BX)
	LEAL	const_bootStackSize(DI), SP
	// Three tables at the bottom of the boot stack's memory, which is zero.
	ADDL	$4095, DI
	ANDL	$~4095, DI
	LEAL	0x1003(DI), AX
	MOVL	AX, 0(DI)
	LEAL	0x2003(DI), AX
	MOVL	AX, 0x1000(DI)
	// 512 pages of 2 MiB: present, writable, accessed, dirty, large.
	MOVL	$0xe3, AX
	XORL	CX, CX
fill:
	MOVL	AX, 0x2000(DI)(CX*8)
	ADDL	$0x200000, AX
	INCL	CX
	CMPL	CX, $512
	JNE	fill
	// CR4: PAE, OSFXSR, OSXMMEXCPT.
	MOVL	$0x620, AX
	BYTE	$0x0f; BYTE $0x22; BYTE $0xe0	// MOVL AX, CR4
	BYTE	$0x0f; BYTE $0x22; BYTE $0xdf	// MOVL DI, CR3
	// EFER: long mode. SYSCALL stays off.
	MOVL	$0xc0000080, CX
	RDMSR
	ORL	$0x100, AX
	WRMSR
	// CR0: PG, WP, NE, ET, MP, PE.
	MOVL	$0x80010033, AX
	BYTE	$0x0f; BYTE $0x22; BYTE $0xc0	// MOVL AX, CR0
	ADDRESS(·bootGDTR, AX)
	BYTE	$0x0f; BYTE $0x01; BYTE $0x10	// LGDT (AX)
	ADDRESS(·entry64, AX)
	PUSHQ	$8
	PUSHQ	AX
	BYTE	$0xcb	// RETF, into 64-bit mode

// entry64: long mode, on the entry code's own tables. BX as above.
TEXT ·entry64(SB),NOSPLIT|NOFRAME,$0
	MOVB	$const_modePVH, ·mode(SB)
	MOVL	BX, SI
	LEAQ	·bootStack+const_bootTables(SB), AX
	JMP	·begin(SB)
