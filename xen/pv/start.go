// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// From start_info to a direct map of all memory. Runs once, on the boot vCPU,
// events masked.

//go:build domlet

package pv

import (
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/handover"
	"github.com/domlet/domlet/xen/raw"
)

// The address map of a PV domain; doc.go has it as a table.
const (
	Base   = 0x400000           // VIRT_BASE and PADDR_OFFSET of the image's ELF notes
	Direct = 0xffff880000000000 // frame n stands at Direct + n*4096
	Window = 0xffff890000000000 // foreign frames
)

// state is what this package keeps. All numbers are pfns unless named mfn.
var state struct {
	l4     uint32  // top page table
	p2m    uintptr // list of machine frames, indexed by pfn
	frames uint32
	view   uintptr // where frame 0 would stand in the mapping that is used to read tables
	nx     uint64  // the no-execute bit, where the CPU has it
	spare  [spares]uint32
	have   int
	queue  queue
}

// Console returns the console page named by start_info at si, as the builder
// mapped it: for messages before Start.
func Console(si uintptr) (page uintptr, port uint32) {
	s := (*abi.Start_info)(raw.Ptr(si))
	return initial(pfnOf(s.Console_mfn)), s.Console_evtchn
}

// Start takes the domain over from the builder. end is the first address behind
// the image. It reports false when the direct map does not fit.
func Start(si, end uintptr, nx uint64, b *handover.Info) bool {
	s := (*abi.Start_info)(raw.Ptr(si))
	state.p2m = uintptr(s.Mfn_list)
	state.frames = uint32(s.Nr_pages)
	state.l4 = frameOf(uintptr(s.Pt_base))
	state.nx = nx
	state.view = Base
	stack := state.l4 + uint32(s.Nr_pt_frames)
	first, ok := buildDirect(state.l4, stack, stack+1)
	if !ok {
		return false
	}
	fill(b, s, stack, first)
	b.Behind, b.Tables = state.l4-frameOf(end), first-1-state.l4
	// From here on nothing is reached through the builder's mapping.
	state.p2m, state.view = directOf(state.p2m), Direct
	dropInitial(end)
	return true
}

func fill(b *handover.Info, s *abi.Start_info, stack, first uint32) {
	b.Frames, b.Limit = state.frames, state.frames
	b.Free[0], b.Free[1] = [2]uint32{first, state.frames}, [2]uint32{stack, stack + 1}
	b.CmdLine = directOf(uintptr(rawAddr(&s.Cmd_line)))
	b.Console, b.ConsolePort = Frame(pfnOf(s.Console_mfn)), s.Console_evtchn
	b.Store, b.StorePort = Frame(pfnOf(s.Store_mfn)), s.Store_evtchn
	b.SharedInfo = s.Shared_info
	if s.Mod_len != 0 {
		b.ModuleSize = uintptr(s.Mod_len)
		b.Module = directOf(uintptr(s.Mod_start))
		if s.Flags&abi.SIF_MOD_START_PFN != 0 {
			b.Module = Frame(uint32(s.Mod_start))
		}
	}
}

// initial returns the address of a frame in the builder's mapping.
func initial(pfn uint32) uintptr { return Base + uintptr(pfn)*raw.PageSize }

// frameOf returns the frame behind an address of the builder's mapping.
func frameOf(va uintptr) uint32 { return uint32((va - Base) / raw.PageSize) }

// directOf turns an address of the builder's mapping into one of the direct map.
func directOf(va uintptr) uintptr { return va - Base + Direct }

// Frame returns the address of frame pfn in the direct map.
func Frame(pfn uint32) uintptr { return Direct + uintptr(pfn)*raw.PageSize }

// MFN returns the machine frame of frame pfn, for the hypercalls that want one.
func MFN(pfn uint32) uint64 { return *raw.Word64(state.p2m, uintptr(pfn)) }

// ShowFrames says in the shared-info page where the list of machine frames is: by it "xl dump-core" finds the domain's memory. Its
// way through the page tables (xg_core_x86.c) ends well only where the list begins in the first 2 MiB of a GiB, so it gets a second
// address there, at at, where there is room for so many pages and a table. A longer list is not shown.
func ShowFrames(a *abi.Arch_shared_info, at uintptr, room uint32) {
	pages := (state.frames*8 + raw.PageSize - 1) / raw.PageSize
	if pages > room {
		return
	}
	for i := uint32(0); i < pages && !Mapped(at+uintptr(i)*raw.PageSize); i++ {
		Map(at+uintptr(i)*raw.PageSize, uint32((state.p2m-Direct)/raw.PageSize)+i, false)
	}
	a.Max_pfn = uint64(state.frames)
	a.P2m_vaddr = uint64(at)
	a.P2m_cr3 = MFN(state.l4) * raw.PageSize
}

// pfnOf asks Xen's machine-to-physical table.
func pfnOf(mfn uint64) uint32 {
	return uint32(*raw.Word64(abi.MACH2PHYS_VIRT_START, uintptr(mfn)))
}
