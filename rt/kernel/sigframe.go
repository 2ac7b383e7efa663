// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The frame a signal handler finds on its stack, and the way back from it:
// Linux's struct rt_sigframe for x86-64 (asm/sigcontext.h, asm/ucontext.h).
// Kernel, lock held.

//go:build domlet

package kernel

import (
	"math/bits"
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

// Codes of a siginfo (asm-generic/siginfo.h).
const (
	fromUser   = -6   // sent by tgkill
	fromKernel = 0x80 // a general protection fault, say
	segvMapped = 1    // no page there
	segvAccess = 2    // page there, access refused
	fpeIntDiv  = 1
	fpeFloat   = 8
	trapBreak  = 1
	illOpcode  = 2
)

type siginfo struct {
	signo, err, code int32
	_                int32
	addr             uintptr
	_                [104]byte
}

type sigcontext struct {
	r8, r9, r10, r11, r12, r13, r14, r15 uintptr
	di, si, bp, bx, dx, ax, cx, sp, ip   uintptr
	flags                                uintptr
	cs, gs, fs, ss                       uint16
	code, vector, oldmask, cr2, fpu      uintptr
	_                                    [8]uintptr
}

type ucontext struct {
	flags, link uintptr
	stack       stackT
	regs        sigcontext
	mask        uint64
	_           [15]uint64
}

type sigframe struct {
	restorer uintptr
	context  ucontext
	info     siginfo
}

func lowest1(set uint64) uintptr { return uintptr(bits.TrailingZeros64(set)) + 1 }

// enter builds the frame and points the thread at the handler.
func enter(t *thread, a *action, sig uintptr, info siginfo) {
	at, fpu := frameAddr(t, a)
	if !user(at, fpu+fpuFrame()-at) {
		die(t, "no room for a signal frame")
	}
	f := (*sigframe)(raw.Ptr(at))
	t.complete()
	*f = sigframe{restorer: a.restorer, info: info}
	t.save(&f.context.regs)
	t.saveFPU(fpu)
	f.context.flags, f.context.regs.fpu = ucExtended, fpu
	f.context.mask = t.mask
	f.context.stack = stackT{sp: t.stack, size: t.size}
	t.mask |= a.mask
	if a.flags&saNodefer == 0 {
		t.mask |= bit(sig)
	}
	t.clearFPU(startFCW, startMXCSR)
	t.ip, t.sp = a.handler, at
	t.di, t.si, t.dx = sig, at+unsafe.Offsetof(f.info), at+unsafe.Offsetof(f.context)
	t.ax, t.flags = 0, flagIF
}

// frameAddr is where the frame goes, and the floating-point area above it: the
// top of the signal stack, or below the stack pointer for a handler that
// interrupts a handler. A handler is entered as after a call: its stack pointer
// is 8 below a multiple of 16.
func frameAddr(t *thread, a *action) (frame, fpu uintptr) {
	top := t.sp - 128
	onStack := t.sp > t.stack && t.sp <= t.stack+t.size
	if a.flags&saOnstack != 0 && t.stack != 0 && !onStack {
		top = t.stack + t.size
	}
	fpu = (top - fpuFrame()) &^ 63
	return (fpu-unsafe.Sizeof(sigframe{}))&^15 - 8, fpu
}

func (t *thread) save(c *sigcontext) {
	c.r8, c.r9, c.r10, c.r11, c.r12, c.r13, c.r14, c.r15 = t.r8, t.r9, t.r10, t.r11, t.r12, t.r13, t.r14, t.r15
	c.di, c.si, c.bp, c.bx, c.dx, c.ax, c.cx = t.di, t.si, t.bp, t.bx, t.dx, t.ax, t.cx
	c.sp, c.ip, c.flags = t.sp, t.ip, t.flags
	c.cs, c.ss = abi.FLAT_RING3_CS64, abi.FLAT_RING3_SS64
	c.code, c.vector, c.cr2 = t.code, t.vector, cr2()
}

func (t *thread) load(c *sigcontext) {
	const settable = 0xcd5 // CF PF AF ZF SF DF OF
	t.r8, t.r9, t.r10, t.r11, t.r12, t.r13, t.r14, t.r15 = c.r8, c.r9, c.r10, c.r11, c.r12, c.r13, c.r14, c.r15
	t.di, t.si, t.bp, t.bx, t.dx, t.ax, t.cx = c.di, c.si, c.bp, c.bx, c.dx, c.ax, c.cx
	t.sp, t.ip, t.flags = c.sp, c.ip, c.flags&settable|flagIF
}

// sigreturn takes the thread back to what its handler interrupted. The handler
// has popped the restorer's address: SP points at the context.
func sigreturn(t *thread) uintptr {
	at := t.sp - unsafe.Offsetof(sigframe{}.context)
	if !user(at, unsafe.Sizeof(sigframe{})) {
		die(t, "a signal handler returned on a broken stack")
	}
	f := (*sigframe)(raw.Ptr(at))
	t.load(&f.context.regs)
	if !t.loadFPU(f.context.regs.fpu) {
		die(t, "a signal handler returned with no floating-point state")
	}
	t.mask, t.full = f.context.mask, 1
	return t.ax
}
