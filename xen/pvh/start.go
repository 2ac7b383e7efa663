// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// From hvm_start_info to page tables of the domain's own. Runs once, on the boot
// vCPU, interrupts off, on the tables of the entry code.

//go:build domlet

package pvh

import (
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/handover"
	"github.com/domlet/domlet/xen/raw"
	"github.com/domlet/domlet/xen/x86"
)

// reach is how many frames the entry code's tables map.
const reach = 1 << (30 - shiftPage)

// boot is what Start works on.
type boot struct {
	info   *abi.Hvm_start_info
	image  span   // the image
	ram    ranges // all of it
	free   ranges // what nobody uses
	other  ranges // what else the memory map names
	tables uint32 // frames that are page tables
}

// Start takes the domain over from the builder. end is the first address behind
// the image, si the address of hvm_start_info. It reports false when there is no
// memory for page tables; Log says why it stops otherwise.
func Start(si, end uintptr, nx uint64, to *handover.Info) bool {
	var b boot
	b.info = (*abi.Hvm_start_info)(raw.Ptr(si))
	if b.info.Magic != abi.XEN_HVM_START_MAGIC_VALUE || b.info.Version < 1 {
		Stop("domlet: no memory map in hvm_start_info: a PVH domain needs a Xen that fills in version 1 of it\n")
	}
	b.image = touched(Base, uint64(end-Base))
	b.memoryMap()
	b.reserve()
	state.nx, state.vcpus = nx, 1
	l4, ok := b.free.take(1)
	if !ok || l4 >= reach {
		return false
	}
	b.tables++
	if !findGate(l4) {
		Stop("domlet: Xen's hypercall page holds neither VMCALL nor VMMCALL\n")
	}
	state.l4 = l4
	raw.ZeroPage(at(l4))
	if !b.mapAll() {
		return false
	}
	enable(nx)
	x86.SetCR3(uint64(l4) << shiftPage)
	state.view = Direct
	b.info = (*abi.Hvm_start_info)(raw.Ptr(physical(uint64(si))))
	return b.finish(to)
}

// finish maps what lies outside the RAM, and reports. It runs on the domain's own
// tables: what start_info points to is in the direct map now.
func (b *boot) finish(to *handover.Info) bool {
	console, store := uint32(param(abi.HVM_PARAM_CONSOLE_PFN)), uint32(param(abi.HVM_PARAM_STORE_PFN))
	if !b.mapFrame(console) || !b.mapFrame(store) {
		return false
	}
	to.Console, to.ConsolePort = Frame(console), uint32(param(abi.HVM_PARAM_CONSOLE_EVTCHN))
	to.Store, to.StorePort = Frame(store), uint32(param(abi.HVM_PARAM_STORE_EVTCHN))
	to.SharedInfo = uint64(hole(&b.ram, &b.other, holeSize)) << shiftPage
	if !b.sealAll() {
		return false
	}
	b.report(to)
	return true
}

// mapAll maps the image where it lies and all RAM at Direct.
func (b *boot) mapAll() bool {
	image := b.image
	for pfn := image.first; pfn < image.end; pfn++ {
		if !b.feed() {
			return false
		}
		Map(uintptr(pfn)<<shiftPage, pfn, true)
	}
	// Until the kernel protects the image, all of it runs.
	for pfn := image.first; pfn < image.end; pfn++ {
		entry, _ := find(uintptr(pfn) << shiftPage)
		set(entry, *entry&^state.nx)
	}
	for _, s := range b.ram.spans() {
		if !b.mapDirect(s, image) {
			return false
		}
	}
	return true
}

// mapDirect maps a piece of RAM at Direct, with large pages where the image is
// not.
func (b *boot) mapDirect(s, image span) bool {
	for pfn := s.first; pfn < s.end; {
		if !b.feed() {
			return false
		}
		whole := span{pfn, pfn + largePage}
		if pfn%largePage != 0 || whole.end > s.end || (whole.first < image.end && image.first < whole.end) {
			Map(Frame(pfn), pfn, true)
			pfn++
			continue
		}
		set(prepare(Frame(pfn), shiftLarge), leaf(pfn, true)|pteLarge)
		pfn = whole.end
	}
	return true
}

// mapFrame maps one frame at its place in the direct map, unless RAM is there.
func (b *boot) mapFrame(pfn uint32) bool {
	if Mapped(Frame(pfn)) {
		return true
	}
	if !b.feed() {
		return false
	}
	Map(Frame(pfn), pfn, true)
	return true
}

// feed gives Map the tables that one more entry may need.
func (b *boot) feed() bool {
	for Hungry() {
		pfn, ok := b.free.take(1)
		if !ok || (state.view == 0 && pfn >= reach) {
			return false
		}
		Feed(pfn)
		b.tables++
	}
	return true
}

// Frame returns the address of frame pfn in the direct map.
func Frame(pfn uint32) uintptr { return Direct + uintptr(pfn)<<shiftPage }

// physical returns where the byte at a physical address is reached now.
func physical(addr uint64) uintptr { return state.view + uintptr(addr) }
