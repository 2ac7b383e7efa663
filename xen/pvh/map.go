// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The physical address space in frames: what a range touches, and where nothing
// is. Boot; pure.

package pvh

// The address map of a PVH domain; doc.go has it as a table.
const (
	Base   = 0x400000           // where the linker puts an image, and the builder loads it
	Direct = 0xffff880000000000 // frame n stands at Direct + n*4096
	Window = 0xffff890000000000 // foreign frames
)

// The shift of an address at each level of the tables.
const (
	shiftTop   = 39
	shiftLarge = 21
	shiftPage  = 12
)

const (
	maxFrames = (Window - Direct) >> shiftPage // what the direct map has room for: 1 TiB
	largePage = 1 << (shiftLarge - shiftPage)  // frames of one
	fourGiB   = 1 << (32 - shiftPage)          // the frame there
	devices   = 0xfc000000 >> shiftPage        // from here up to 4 GiB there are things that no map names
)

// holeSize is how many frame numbers are kept for pages of others: 128 MiB.
const holeSize = 1 << 15

// frameAt returns the frame at a physical address, or the end of what can be used.
func frameAt(addr uint64) uint32 { return uint32(min(addr>>shiftPage, maxFrames)) }

// up rounds a physical address up to a page.
func up(addr uint64) uint64 { return (addr + 1<<shiftPage - 1) &^ (1<<shiftPage - 1) }

// touched returns the frames that size bytes at a physical address touch.
func touched(addr, size uint64) span { return span{frameAt(addr), frameAt(up(addr + size))} }

// inside returns the frames that lie wholly in size bytes at a physical address.
func inside(addr, size uint64) span { return span{frameAt(up(addr)), frameAt(addr + size)} }

// hole returns the first of size frames that are neither RAM nor anything else
// that the memory map names: below 4 GiB or, where there is no room, above
// everything.
func hole(ram, other *ranges, size uint32) uint32 {
	for at := uint32(largePage); at+size <= devices; at += largePage {
		if x := (span{at, at + size}); !ram.meets(x) && !other.meets(x) {
			return at
		}
	}
	top := max(ram.limit(), other.limit(), fourGiB)
	return (top + largePage - 1) &^ (largePage - 1)
}
