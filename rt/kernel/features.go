// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the CPU can do beyond what every x86-64 can: found once, turned on for
// each vCPU. Kernel, events masked.

//go:build domlet

package kernel

import "github.com/domlet/domlet/xen/x86"

// Bits of CR4 (Intel SDM volume 3, 2.5).
const (
	cr4FSGSBASE = 1 << 16
	cr4OSXSAVE  = 1 << 18
)

// features is what cpuFeatures turns on.
var features struct {
	cr4  uint64 // bits to set
	xcr0 uint64 // 0: no XSAVE
}

// fsgsbase says that FS may be written without a hypercall.
var fsgsbase bool

// findFeatures decides what is used. Once, on the boot vCPU, before there are
// threads: it decides how large they are.
func findFeatures() {
	_, leaf7, _, _ := cpuid(7, 0)
	fsgsbase = leaf7&(1<<0) != 0
	if fsgsbase {
		features.cr4 |= cr4FSGSBASE
	}
	offered := findVectors()
	if offered {
		features.cr4 |= cr4OSXSAVE
	}
	x86.SetCR4(x86.CR4() | features.cr4)
	fpuExtended = offered && vectorsHold()
	if !fpuExtended {
		features.cr4 &^= cr4OSXSAVE
		features.xcr0, fpuSize = 0, areaLeast
		x86.SetCR4(x86.CR4() &^ cr4OSXSAVE)
	}
	cpuFeatures()
}

// findVectors asks Xen which register sets this domain may use, and takes those
// that Go knows, as long as an area fits in a page with its thread. False: there
// is nothing beyond SSE.
func findVectors() bool {
	const xsave = 1 << 26
	if _, _, c, _ := policy(1, 0); c&xsave == 0 {
		return false
	}
	offered, _, _, _ := policy(leafXSAVE, 0)
	if offered&(stateLegacy|stateAVX) != stateLegacy|stateAVX {
		return false
	}
	features.xcr0 = stateLegacy | stateAVX
	if offered&stateAVX512 == stateAVX512 {
		features.xcr0 |= stateAVX512
	}
	fpuSize = areaSize(features.xcr0)
	return true
}

// leafXSAVE of CPUID describes the area: sub-leaf 0 its size for what XCR0 has
// now, sub-leaf n the size and offset of part n.
const leafXSAVE = 0xd

// areaSize is how large an area for the register sets in xcr0 is, in bytes.
func areaSize(xcr0 uint64) uintptr {
	end := uint32(areaLeast)
	for part := uint32(2); part < 63; part++ {
		if xcr0&(1<<part) != 0 {
			size, offset, _, _ := policy(leafXSAVE, part)
			end = max(end, offset+size)
		}
	}
	return (uintptr(end) + 63) &^ 63
}

// vectorsHold reports whether Xen sees writes of XCR0. In a PV domain they trap.
// In a PVH domain the CPU must tell Xen of them, or Xen puts the old value back
// when it next runs another vCPU, and AVX is gone in the middle of a loop: so it
// is where QEMU before 8.0 emulates the CPU. Nothing that can be read gives it
// away, but what the write costs does: as much as CPUID, which Xen always sees,
// or next to nothing.
//
// The value written is the one that is there. Another one that Xen does not see
// gets into what it saves of the vCPU; then its XRSTOR faults, and Xen goes on with
// all registers empty.
func vectorsHold() bool {
	if mode == modePV {
		return true
	}
	const rounds = 16
	there := x86.XCR0()
	clock, ask, write := int64(1<<62), int64(1<<62), int64(1<<62)
	for range rounds {
		start := rdtsc()
		before := rdtsc()
		cpuid(0, 0)
		between := rdtsc()
		x86.SetXCR0(there)
		after := rdtsc()
		clock, ask, write = min(clock, int64(before-start)), min(ask, int64(between-before)), min(write, int64(after-between))
	}
	return write-clock > (ask-clock)/3
}

// cpuFeatures turns on, for the vCPU that runs this, what findFeatures found.
func cpuFeatures() {
	x86.SetCR4(x86.CR4() | features.cr4)
	if features.xcr0 != 0 {
		x86.SetXCR0(features.xcr0)
	}
}

func cpuid(leaf, sub uint32) (a, b, c, d uint32) { return x86.CPUID(leaf, sub) }

func xenCPUID(leaf, sub uint32) (a, b, c, d uint32)
