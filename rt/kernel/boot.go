// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// From Xen's entry to the first thread. Boot vCPU, events masked, on the boot
// stack in the image.

//go:build domlet

package kernel

import (
	"github.com/domlet/domlet/rt/kernel/frames"
	"github.com/domlet/domlet/rt/kernel/slots"
	"github.com/domlet/domlet/rt/kernel/space"
	"github.com/domlet/domlet/xen/bytering"
	"github.com/domlet/domlet/xen/raw"
)

// What the entry code found.
var (
	startInfo uintptr // of the builder
	header    uintptr // the image header
	imageEnd  uintptr // runtime.end: behind the BSS
	goStart   uintptr // main, which jumps to runtime.rt0_go: the linker lets other packages name it
	codeEnd   uintptr // behind the image, for dumps
)

// tail returns the BSS that mkimage cut off: served on demand instead.
func tail() (start, end uintptr) {
	return uintptr(*raw.Word64(header, 4)), uintptr(*raw.Word64(header, 5))
}

var (
	bootTime int64 // system time at boot, ns
	latest   int64 // the largest system time anybody was given, ns
)

// boot takes the domain over and makes the first thread current.
//
//go:nowritebarrierrec
func boot() {
	end := roundUp(imageEnd)
	start, _ := tail()
	if start != 0 {
		end = start
	}
	codeEnd = end
	initEarlyConsole()
	if !takeOver(end) {
		say("domlet: not enough memory= for the page tables of the domain's own memory\n")
		crash()
	}
	console.ring.Init(handed.Console, &bytering.Console)
	console.port = handed.ConsolePort
	initStore()
	protect(end)
	initFrames()
	initSpace(end)
	findFeatures()
	c := newBootCPU()
	readParams()
	lock()
	setUp(c, false)
	bootTime = nanotime()
	c.born = bootTime
	seedEntropy()
	startCPUs()
	initMain(c)
	leave()
	c.guard()
}

// noExecute returns the no-execute bit of page-table entries, if there is one.
func noExecute() uint64 {
	_, _, _, d := cpuid(0x80000001, 0)
	if d&(1<<20) != 0 {
		return 1 << 63
	}
	return 0
}

// initFrames gives what the builder left to the allocator.
func initFrames() {
	memory.total = handed.Frames
	size := uint32(roundUp(frames.Bytes(handed.Limit)) / raw.PageSize)
	memory.frames.Init(frame(takeFree(size)), handed.Limit)
	for _, r := range handed.Free {
		memory.frames.Donate(r[0], r[1]-r[0])
	}
}

// takeFree takes n frames that follow each other, before there is an allocator.
func takeFree(n uint32) uint32 {
	for i := range handed.Free {
		if r := &handed.Free[i]; r[1]-r[0] > n {
			r[0] += n
			return r[0] - n
		}
	}
	say("domlet: not enough memory= for the image and its ramdisk\n")
	crash()
	return 0
}

// initSpace records the image and what is served on demand from the start.
func initSpace(end uintptr) {
	memory.space.Set(imageBase, end, space.Fixed)
	if start, stop := tail(); start != 0 {
		memory.space.Set(start, roundUp(stop), space.Demand)
	}
	base := roundUp(slots.Bytes)
	at := uintptr(highest) - base
	memory.space.Set(at, at+base, space.Demand)
	initPoll(at)
}

func newBootCPU() *cpu {
	c := newCPU(0)
	if c == nil {
		outOfMemory("a vCPU's own area", 1)
	}
	// Until now the kernel could ask nobody who it is.
	setBases(c)
	if newThread() == nil || !c.equip() { // mainThread, and a stand-in
		outOfMemory("a vCPU's stacks", (stackSize+faultSize)/raw.PageSize)
	}
	cpus.at[0], cpus.n = c.self, 1
	return c
}
