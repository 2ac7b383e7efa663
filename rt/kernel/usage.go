// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What memory is used for. A type only: host programs may name it too.

package kernel

// Usage says what every page of the domain is used for, in pages of 4 KiB.
type Usage struct {
	Text      uint64 // the image's code, its headers included
	Constants uint64 // its read-only data, symbol tables included
	Data      uint64 // its initialized data
	Zeroed    uint64 // its zeroed data, but for what is filled on demand
	Builder   uint64 // what the domain builder left behind the image: start info, rings, the frame list, the ramdisk
	Tables    uint64 // page tables, those of the direct map and those of the builder included
	Frames    uint64 // the record of free frames
	CPUs      uint64 // the vCPUs' areas
	Stacks    uint64 // the kernel's stacks
	Threads   uint64 // register blocks
	Slots     uint64 // poll slots
	Demand    uint64 // zeroed data that is filled on demand
	Start     uint64 // the first thread's stack, arguments, environment
	Program   uint64 // the Go heap, stacks, and the runtime's own records
	Other     uint64 // event words, grants
	Free      uint64
	Total     uint64 // the sum of all these
}
