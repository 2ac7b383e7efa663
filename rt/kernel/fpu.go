// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A thread's floating-point and vector registers: the area behind its register
// block, in the standard form of XSAVE (Intel SDM volume 1, 13.4): 512 bytes as
// FXSAVE writes them, a header of 64 bytes, then a part for each further set of
// registers. Where the CPU has no more than SSE, or Xen does not let us turn it
// on, FXSAVE is used and the header lies idle. Kernel, lock held.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/xen/raw"
)

// Offsets from a thread's beginning, and into its area.
const (
	fpuArea   = (unsafe.Sizeof(thread{}) + 63) &^ 63
	fpuFCW    = fpuArea + areaFCW
	fpuMXCSR  = fpuArea + areaMXCSR
	areaFCW   = 0
	areaMXCSR = 24
	areaSW    = 464 // free for software
	areaHead  = 512 // the header: XSTATE_BV, XCOMP_BV, zeros
	areaLeast = 576
)

// What a thread starts with on Linux: extended precision, round to nearest, all
// exceptions masked.
const (
	startFCW   = 0x37f
	startMXCSR = 0x1f80
)

// Bits of XCR0 and of XSTATE_BV (Intel SDM volume 1, 13.1).
const (
	stateX87    = 1 << 0
	stateSSE    = 1 << 1
	stateAVX    = 1 << 2
	stateAVX512 = 7 << 5
	stateLegacy = stateX87 | stateSSE
)

// fpuExtended says that XSAVE and XRSTOR are used; fpuSize is the size of an
// area in bytes, a multiple of 64. Both are found out once, at boot.
var (
	fpuExtended bool
	fpuSize     uintptr = areaLeast
)

func (t *thread) fpu() uintptr { return t.addr() + fpuArea }

// control returns the control words, which a call preserves.
func (t *thread) control() (fcw uint16, mxcsr uint32) {
	return *(*uint16)(raw.Ptr(t.fpu() + areaFCW)), *(*uint32)(raw.Ptr(t.fpu() + areaMXCSR))
}

// clearFPU empties all registers and sets the control words. What the header
// does not name, XRSTOR clears by itself; x87 and SSE it names, because it
// would set FCW to its own idea otherwise.
func (t *thread) clearFPU(fcw uint16, mxcsr uint32) {
	raw.ZeroWords(t.fpu(), areaLeast/8)
	*(*uint16)(raw.Ptr(t.fpu() + areaFCW)) = fcw
	*(*uint32)(raw.Ptr(t.fpu() + areaMXCSR)) = mxcsr
	*raw.Word64(t.fpu()+areaHead, 0) = stateLegacy
}

// fpxSW tells what follows the 512 bytes in a signal frame: Linux's struct
// _fpx_sw_bytes (asm/sigcontext.h).
type fpxSW struct {
	magic, extended uint32 // extended: bytes, the second magic number included
	features        uint64
	size            uint32
	_               [7]uint32
}

const (
	fpxMagic1  = 0x46505853
	fpxMagic2  = 0x46505845 // behind the area
	ucExtended = 1          // UC_FP_XSTATE: the area has a header
)

// fpuFrame is the room that the area takes in a signal frame.
func fpuFrame() uintptr { return fpuSize + 4 }

// saveFPU writes the area into a signal frame.
func (t *thread) saveFPU(at uintptr) {
	copy(bytesAt(at, fpuSize), bytesAt(t.fpu(), fpuSize))
	*(*fpxSW)(raw.Ptr(at + areaSW)) = fpxSW{
		magic: fpxMagic1, extended: uint32(fpuFrame()), features: features.xcr0, size: uint32(fpuSize),
	}
	*raw.Word32(at+fpuSize, 0) = fpxMagic2
}

// loadFPU reads the area of a signal frame back. The handler may have written
// anything: XRSTOR faults on what is reserved, so that is cleared. A frame
// without an area means empty registers.
func (t *thread) loadFPU(at uintptr) bool {
	if at == 0 {
		t.clearFPU(startFCW, startMXCSR)
		return true
	}
	if !user(at, fpuSize) {
		return false
	}
	copy(bytesAt(t.fpu(), fpuSize), bytesAt(at, fpuSize))
	*(*uint32)(raw.Ptr(t.fpu() + areaMXCSR)) &= 0xffff
	head := t.fpu() + areaHead
	present := *raw.Word64(head, 0) & features.xcr0
	raw.ZeroWords(head, (areaLeast-areaHead)/8)
	*raw.Word64(head, 0) = present
	return true
}
