// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The two ways a domain boots, behind one set of names: page tables. Only the
// files mode*.go name xen/pv. Kernel, lock held.

//go:build domlet

package kernel

import "github.com/domlet/domlet/xen/pv"

// The address map, the same in both modes.
const (
	imageBase  = pv.Base   // where the image begins
	directBase = pv.Direct // frames of the domain, by number
	window     = pv.Window // shared-info page, kernel stacks (stacks.go), and from 4 MiB on foreign frames
)

// frame returns the address of frame pfn in the direct map.
func frame(pfn uint32) uintptr { return pv.Frame(pfn) }

// frameAt returns the frame at an address of the direct map.
func frameAt(addr uintptr) uint32 { return uint32((addr - directBase) >> 12) }

// mapped reports whether va has a page. Queued writes do not count.
func mapped(va uintptr) bool { return pv.Mapped(va) }

// skip returns the first address from va on that may have a page.
func skip(va uintptr) uintptr { return pv.Skip(va) }

// hungry reports whether mapPage may need a table it does not have.
func hungry() bool { return pv.Hungry() }

// feedTable gives mapPage a frame for page tables. It stays one for ever.
func feedTable(pfn uint32) { pv.Feed(pfn) }

// mapPage queues an entry for va, which has no page: frame pfn, never executable.
func mapPage(va uintptr, pfn uint32, write bool) { pv.Map(va, pfn, write) }

// mapForeign is mapPage for a machine frame that is not the domain's own.
func mapForeign(va uintptr, mfn uint64) { pv.MapForeign(va, mfn) }

// unmapPage queues the removal of va's page and returns its frame.
func unmapPage(va uintptr) (pfn uint32, ok bool) { return pv.Unmap(va) }

// flushWrites has the queued entries take effect. An entry that went away needs
// flushTLB too, before its frame is used again.
func flushWrites() { pv.Flush() }

// flushTLB makes every vCPU forget what was unmapped.
func flushTLB() { pv.FlushTLB() }

// examine returns what the page at va may be used for. False: there is none.
func examine(va uintptr) (pv.Rights, bool) { return pv.Examine(va) }

// tableOf returns the page table of level 1 to 4 on the way to va, if there is one.
func tableOf(va uintptr, level int) (pfn uint32, ok bool) { return pv.TableOf(va, level) }

// protectPages sets what may be done with the mapped pages of [start, end).
func protectPages(start, end uintptr, write, exec bool) { pv.Protect(start, end, write, exec) }
