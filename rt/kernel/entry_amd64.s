// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Every way into the kernel and the one way out. doc.go tells the story.
//
// GS points at the vCPU's struct cpu (go_asm.h gives the offsets). On entry the
// running thread's registers go into its struct thread, then Go code runs on
// the vCPU's kernel stack with a g of the kernel's own. Nothing here touches a
// page that could be missing, except the interrupted stack, which Xen has just
// written to.

//go:build domlet

#include "go_asm.h"
#include "textflag.h"
#include "mode_amd64.h"

// What all entries save of a thread, R11 pointing to it; RCX, R11, RIP, RSP and
// flags depend on the way in.
#define SAVE \
	MOVQ	AX, thread_ax(R11); \
	MOVQ	BX, thread_bx(R11); \
	MOVQ	DX, thread_dx(R11); \
	MOVQ	SI, thread_si(R11); \
	MOVQ	DI, thread_di(R11); \
	MOVQ	BP, thread_bp(R11); \
	MOVQ	R8, thread_r8(R11); \
	MOVQ	R9, thread_r9(R11); \
	MOVQ	R10, thread_r10(R11); \
	MOVQ	R12, thread_r12(R11); \
	MOVQ	R13, thread_r13(R11); \
	MOVQ	R14, thread_r14(R11); \
	MOVQ	R15, thread_r15(R11)

#define RESTORE \
	MOVQ	thread_bx(R11), BX; \
	MOVQ	thread_dx(R11), DX; \
	MOVQ	thread_si(R11), SI; \
	MOVQ	thread_di(R11), DI; \
	MOVQ	thread_bp(R11), BP; \
	MOVQ	thread_r8(R11), R8; \
	MOVQ	thread_r9(R11), R9; \
	MOVQ	thread_r10(R11), R10; \
	MOVQ	thread_r12(R11), R12; \
	MOVQ	thread_r13(R11), R13; \
	MOVQ	thread_r14(R11), R14; \
	MOVQ	thread_r15(R11), R15

// Save the floating-point and vector registers in the thread that R11 points to.
// AX and DX are lost. XSAVE is not XSAVEOPT: that one skips what it believes to
// be in memory, and a call's way out leaves registers that are not. The upper
// halves are cleared, which the next thread's SSE code would pay for.
#define SAVEFPU \
	CMPB	·fpuExtended(SB), $0; \
	JEQ	6(PC); \
	MOVL	$-1, AX; \
	MOVL	$-1, DX; \
	XSAVE64	const_fpuArea(R11); \
	VZEROUPPER; \
	JMP	2(PC); \
	FXSAVE64	const_fpuArea(R11)

// Load them again; AX and DX are lost.
#define RESTOREFPU \
	CMPB	·fpuExtended(SB), $0; \
	JEQ	5(PC); \
	MOVL	$-1, AX; \
	MOVL	$-1, DX; \
	XRSTOR64	const_fpuArea(R11); \
	JMP	2(PC); \
	FXRSTOR64	const_fpuArea(R11)

// Call the Go function in a variable: its code pointer is an ABIInternal entry,
// which assembly outside the runtime cannot name. The stack has room above the
// return address for spilled arguments, although none is passed. FS changes too:
// after each call of assembly the compiler reads g anew from -8(FS).
#define GOCALL(stack, fn) \
	MOVQ	stack(GS), SP; \
	MOVQ	cpu_fs(GS), SI; \
	SETFS; \
	MOVQ	cpu_g(GS), R14; \
	PXOR	X15, X15; \
	XORL	BP, BP; \
	CLD; \
	MOVQ	fn(SB), DX; \
	CALL	(DX)

// The kernel door: what the overlay calls where Linux would have SYSCALL.
// Linux's registers; RCX and R11 are lost. Runs on any stack of a thread.
TEXT domlet·door(SB),NOSPLIT|NOFRAME,$0
	MASK_EVENTS
	MOVB	$1, cpu_depth(GS)
	MOVQ	cpu_current(GS), R11
	SAVE
	MOVQ	(SP), CX
	MOVQ	CX, thread_ip(R11)
	LEAQ	8(SP), CX
	MOVQ	CX, thread_sp(R11)
	STMXCSR	const_fpuMXCSR(R11)
	FSTCW	const_fpuFCW(R11)
	MOVB	$0, thread_full(R11)
	GOCALL(cpu_stack, ·doorFn)
	JMP	·resume(SB)

// resume goes back to the current thread. Events are masked; the stack is the
// vCPU's.
TEXT ·resume(SB),NOSPLIT|NOFRAME,$0
	MOVQ	cpu_current(GS), R11
	MOVQ	thread_fs(R11), SI
	SETFS
	MOVQ	cpu_current(GS), R11
	CMPB	thread_full(R11), $0
	JNE	full
	LDMXCSR	const_fpuMXCSR(R11)
	FLDCW	const_fpuFCW(R11)
	RESTORE
	MOVQ	thread_ax(R11), AX
	MOVQ	thread_sp(R11), SP
	MOVQ	thread_ip(R11), CX
	PXOR	X15, X15
	MOVB	$0, cpu_depth(GS)
	UNMASK_AND_JUMP
	MOVB	$0, MASK
	CMPB	PENDING, $0
	JNE	late
	JMP	CX
late:
	// An event came while events were masked. Any hypercall delivers it on
	// its way back; this one asks for Xen's version. Four words below the
	// thread's stack pointer and Xen's frame under them are within the slack
	// that the overlay added. Xen may clobber the argument registers it used.
	PUSHQ	CX
	PUSHQ	AX
	PUSHQ	DI
	PUSHQ	SI
	XORL	DI, DI
	XORL	SI, SI
	MOVL	$const_callVersion, AX
	SYSCALL
	POPQ	SI
	POPQ	DI
	POPQ	AX
	POPQ	CX
	JMP	CX
full:
	// Everything, as it was interrupted.
	RESTOREFPU
	MOVQ	cpu_stack(GS), SP
	SUBQ	$72, SP
	MOVQ	thread_ax(R11), AX
	MOVQ	AX, 0(SP)
	MOVQ	thread_r11(R11), AX
	MOVQ	AX, 8(SP)
	MOVQ	thread_cx(R11), AX
	MOVQ	AX, 16(SP)
	MOVQ	$0, 24(SP)
	MOVQ	thread_ip(R11), AX
	MOVQ	AX, 32(SP)
	MOVQ	·codeSelector(SB), AX
	MOVQ	AX, 40(SP)
	MOVQ	thread_flags(R11), AX
	MOVQ	AX, 48(SP)
	MOVQ	thread_sp(R11), AX
	MOVQ	AX, 56(SP)
	MOVQ	·stackSelector(SB), AX
	MOVQ	AX, 64(SP)
	RESTORE
	MOVB	$0, cpu_depth(GS)
	IRET

// An event. Xen, or a gate, has pushed rcx, r11, rip, cs, rflags, rsp, ss and
// masked events.
TEXT ·upcall(SB),NOSPLIT|NOFRAME,$0
	CMPB	cpu_idle(GS), $0
	JNE	idle
	MOVB	$1, cpu_depth(GS)
	MOVQ	cpu_current(GS), R11
	SAVE
	SAVEFPU
	MOVQ	0(SP), CX
	MOVQ	CX, thread_cx(R11)
	MOVQ	8(SP), CX
	MOVQ	CX, thread_r11(R11)
	MOVQ	16(SP), CX
	MOVQ	CX, thread_ip(R11)
	MOVQ	32(SP), CX
	MOVQ	CX, thread_flags(R11)
	MOVQ	40(SP), CX
	MOVQ	CX, thread_sp(R11)
	MOVB	$1, thread_full(R11)
	GOCALL(cpu_stack, ·upcallFn)
	JMP	·resume(SB)
idle:
	// The kernel was blocked and will look for itself: return, events masked.
	WOKEN
	ANDQ	$~0x200, 32(SP)
	POPQ	CX
	POPQ	R11
	PUSHQ	$0
	PUSHQ	CX
	PUSHQ	R11
	PUSHQ	AX
	MOVL	$const_callIret, AX
	SYSCALL
	UNDEF

// Exceptions. Xen, or a gate, has pushed rcx, r11, an error code for some, then as above.
// RCX carries the vector to the common part.
#define TRAP(name, vector) \
TEXT name(SB),NOSPLIT|NOFRAME,$0; \
	MOVL	$vector, CX; \
	JMP	·trapPlain(SB)

#define TRAPCODE(name, vector) \
TEXT name(SB),NOSPLIT|NOFRAME,$0; \
	MOVL	$vector, CX; \
	JMP	·trapCode(SB)

TRAP(·trap0, 0)
TRAP(·trap1, 1)
TRAP(·trap3, 3)
TRAP(·trap4, 4)
TRAP(·trap5, 5)
TRAP(·trap6, 6)
TRAP(·trap7, 7)
TRAPCODE(·trap10, 10)
TRAPCODE(·trap11, 11)
TRAPCODE(·trap12, 12)
TRAPCODE(·trap13, 13)
TRAPCODE(·trap14, 14)
TRAP(·trap16, 16)
TRAPCODE(·trap17, 17)
TRAP(·trap19, 19)
TRAP(·failsafe, 255)

// The thread that a trap belongs to: the current one, or, when the kernel itself
// trapped, a stand-in whose registers are printed. A third level gives up.
#define TRAPPED \
	INCB	cpu_depth(GS); \
	MOVQ	cpu_current(GS), R11; \
	CMPB	cpu_depth(GS), $1; \
	JEQ	4(PC); \
	MOVQ	cpu_fault(GS), R11; \
	CMPB	cpu_depth(GS), $2; \
	JNE	dead; \
	SAVE; \
	SAVEFPU; \
	MOVQ	CX, thread_vector(R11); \
	MOVQ	0(SP), CX; \
	MOVQ	CX, thread_cx(R11); \
	MOVQ	8(SP), CX; \
	MOVQ	CX, thread_r11(R11)

// trapPlain: an exception without an error code; RCX holds the vector.
TEXT ·trapPlain(SB),NOSPLIT|NOFRAME,$0
	TRAPPED
	MOVQ	$0, thread_code(R11)
	ADDQ	$16, SP
	JMP	·trapped(SB)
dead:
	JMP	·giveUp(SB)

// trapCode: an exception with an error code above R11.
TEXT ·trapCode(SB),NOSPLIT|NOFRAME,$0
	TRAPPED
	MOVQ	16(SP), CX
	MOVQ	CX, thread_code(R11)
	ADDQ	$24, SP
	JMP	·trapped(SB)
dead:
	JMP	·giveUp(SB)

// trapped: SP points at rip, cs, rflags, rsp, ss.
TEXT ·trapped(SB),NOSPLIT|NOFRAME,$0
	MOVQ	0(SP), CX
	MOVQ	CX, thread_ip(R11)
	MOVQ	16(SP), CX
	MOVQ	CX, thread_flags(R11)
	MOVQ	24(SP), CX
	MOVQ	CX, thread_sp(R11)
	MOVB	$1, thread_full(R11)
	CMPB	cpu_depth(GS), $1
	JNE	kernel
	GOCALL(cpu_stack, ·trapFn)
	JMP	·resume(SB)
kernel:
	GOCALL(cpu_faultStack, ·kernelFaultFn)
	JMP	·giveUp(SB)

// func this() *cpu
TEXT ·this(SB),NOSPLIT,$0-8
	MOVQ	cpu_self(GS), AX
	MOVQ	AX, ret+0(FP)
	RET

// func doorCall(nr, a1, a2, a3, a4, a5, a6 uintptr) uintptr
// The kernel's own functions that run on a thread come in as everybody does.
TEXT ·doorCall(SB),NOSPLIT,$0-64
	MOVQ	nr+0(FP), AX
	MOVQ	a1+8(FP), DI
	MOVQ	a2+16(FP), SI
	MOVQ	a3+24(FP), DX
	MOVQ	a4+32(FP), R10
	MOVQ	a5+40(FP), R8
	MOVQ	a6+48(FP), R9
	CALL	domlet·door(SB)
	MOVQ	AX, ret+56(FP)
	RET
