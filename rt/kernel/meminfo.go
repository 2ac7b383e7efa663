// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Finding out what memory is used for. Kernel, lock held, unless a function says
// otherwise.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/rt/kernel/frames"
	"github.com/domlet/domlet/rt/kernel/slots"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

// Read fills u with what memory is used for now. On a thread.
func (u *Usage) Read() { doorCall(sysUsage, uintptr(unsafe.Pointer(u)), 0, 0, 0, 0, 0) }

// AtMain is called right before the program's main function. On a thread.
func AtMain() {
	if params.meminfo != 0 {
		doorCall(sysUsage, 0, 0, 0, 0, 0, 0)
	}
}

// usageCall fills in a Usage or, without one, prints it.
func usageCall(t *thread) uintptr {
	var u Usage
	if t.di != 0 && !user(t.di, unsafe.Sizeof(u)) {
		return errno(abi.XEN_EFAULT)
	}
	u.count()
	if t.di == 0 {
		u.say()
	} else {
		*(*Usage)(raw.Ptr(t.di)) = u
	}
	return 0
}

func (u *Usage) count() {
	u.image()
	u.Builder, u.Tables = uint64(handed.Behind), uint64(handed.Tables)+cpuStats().Tables
	u.Frames = uint64(roundUp(frames.Bytes(handed.Limit)) / raw.PageSize)
	u.CPUs, u.Stacks, u.Threads = uint64(cpus.n), uint64(stackPages), uint64(threads.pages)
	u.program()
	u.Free, u.Total = uint64(memory.frames.Available()), uint64(memory.total)
	u.Other = u.Total - (u.Text + u.Constants + u.Data + u.Zeroed + u.Builder + u.Tables + u.Frames +
		u.CPUs + u.Stacks + u.Threads + u.Slots + u.Demand + u.Start + u.Program + u.Free)
}

// image counts the pages of the segments that are mapped. The zeroed data follow
// the initialized data in one segment.
func (u *Usage) image() {
	h := (*elfHeader)(raw.Ptr(imageBase))
	for i := range h.phnum {
		s := h.segment(i)
		if s.kind != ptLoad {
			continue
		}
		pages := uint64(min(s.high(), codeEnd)-s.low()) / raw.PageSize
		switch {
		case s.flags&pfExec != 0:
			u.Text += pages
		case s.flags&pfWrite == 0:
			u.Constants += pages
		default:
			u.Data = uint64(roundUp(s.vaddr+s.filesz)-s.low()) / raw.PageSize
			u.Zeroed = pages - u.Data
		}
	}
}

// program counts what is filled on demand.
func (u *Usage) program() {
	u.Slots = backed(poll.base, poll.base+slots.Bytes)
	start, stop := tail()
	u.Demand = backed(start, stop)
	u.Start = backed(startBottom, startTop)
	for i := range memory.space.Len() {
		if r := memory.space.At(i); filled(r.Kind) {
			u.Program += backed(r.Start, r.End)
		}
	}
	u.Program -= u.Slots + u.Demand + u.Start
}

// backed counts the pages of [start, end) that are there.
func backed(start, end uintptr) (n uint64) {
	for va := skip(start); va < end && va >= start; va = skip(va + raw.PageSize) {
		if mapped(va) {
			n++
		}
	}
	return n
}

func (u *Usage) say() {
	say("pages of 4 KiB in use at main\n")
	sayPages("code", u.Text)
	sayPages("constants", u.Constants)
	sayPages("initialized data", u.Data)
	sayPages("zeroed data", u.Zeroed+u.Demand)
	sayPages("from the builder", u.Builder)
	sayPages("page tables", u.Tables)
	sayPages("record of frames", u.Frames)
	sayPages("vCPUs", u.CPUs)
	sayPages("kernel stacks", u.Stacks)
	sayPages("threads", u.Threads)
	sayPages("poll slots", u.Slots)
	sayPages("first stack, arguments", u.Start)
	sayPages("heap, stacks, Go runtime", u.Program)
	sayPages("events, grants", u.Other)
	sayPages("free", u.Free)
	sayPages("all", u.Total)
}

// sayPages prints one line of the table.
func sayPages(what string, n uint64) {
	const blanks = "                            "
	say("  ")
	say(what)
	say(blanks[min(len(what), len(blanks)):])
	sayNumber(n)
	say("\n")
}
