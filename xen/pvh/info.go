// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What hvm_start_info says. Boot vCPU, interrupts off.

//go:build domlet

package pvh

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/handover"
	"github.com/domlet/domlet/xen/raw"
)

// memoryMap fills b with the domain's RAM, and with whatever else the map names.
func (b *boot) memoryMap() {
	for i := range uintptr(b.info.Memmap_entries) {
		const size = unsafe.Sizeof(abi.Hvm_memmap_table_entry{})
		e := (*abi.Hvm_memmap_table_entry)(raw.Ptr(physical(b.info.Memmap_paddr) + i*size))
		if e.Type == abi.XEN_HVM_MEMMAP_TYPE_RAM {
			b.ram.add(inside(e.Addr, e.Size))
		} else {
			b.other.add(touched(e.Addr, e.Size))
		}
	}
}

// reserve takes out of the free memory what the builder put there. Frame 0 stays
// out too: a frame's number of 0 is used for none.
func (b *boot) reserve() {
	b.free = b.ram
	b.free.remove(span{0, 1})
	b.free.remove(b.image)
	info := uint64(uintptr(unsafe.Pointer(b.info)))
	b.free.remove(touched(info, uint64(unsafe.Sizeof(*b.info))))
	b.free.remove(touched(b.info.Cmdline_paddr, textSize(b.info.Cmdline_paddr)))
	b.free.remove(touched(b.info.Memmap_paddr, uint64(b.info.Memmap_entries)*uint64(unsafe.Sizeof(abi.Hvm_memmap_table_entry{}))))
	for i := range uintptr(b.info.Nr_modules) {
		m := b.module(i)
		b.free.remove(touched(uint64(uintptr(unsafe.Pointer(m))), uint64(unsafe.Sizeof(*m))))
		b.free.remove(touched(m.Paddr, m.Size))
	}
}

// textSize is the size of a zero-terminated text with its end, or what of it the
// kernel would read at most.
func textSize(addr uint64) uint64 {
	n := uint64(0)
	for n < raw.PageSize && *(*byte)(raw.Ptr(physical(addr + n))) != 0 {
		n++
	}
	return n + 1
}

func (b *boot) module(i uintptr) *abi.Hvm_modlist_entry {
	return (*abi.Hvm_modlist_entry)(raw.Ptr(physical(b.info.Modlist_paddr) + i*unsafe.Sizeof(abi.Hvm_modlist_entry{})))
}

// report says what the kernel needs to know.
func (b *boot) report(to *handover.Info) {
	to.Frames, to.Limit = b.ram.count(), b.ram.limit()
	to.Tables = b.tables
	to.Behind = to.Frames - b.free.count() - b.tables - (b.image.end - b.image.first)
	for i, s := range b.free.spans() {
		to.Free[i] = [2]uint32{s.first, s.end}
	}
	to.CmdLine = physical(b.info.Cmdline_paddr)
	if b.info.Nr_modules != 0 {
		m := b.module(0)
		to.Module, to.ModuleSize = physical(m.Paddr), uintptr(m.Size)
	}
}
