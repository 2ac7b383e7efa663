// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The image's own protection, as its program headers have it: text is not
// written, data is not run. Boot.

//go:build domlet

package kernel

import (
	"github.com/domlet/domlet/xen/raw"
)

// elfHeader and segment are the parts of Elf64_Ehdr and Elf64_Phdr (System V
// ABI, 4) that are looked at. The first segment holds both tables.
type elfHeader struct {
	_         [32]byte
	phoff     uintptr
	_         [14]byte
	phentsize uint16
	phnum     uint16
}

type segment struct {
	kind, flags uint32
	_           uintptr
	vaddr       uintptr
	_           uintptr
	filesz      uintptr
	memsz       uintptr
}

const (
	ptLoad  = 1
	pfExec  = 1 << 0
	pfWrite = 1 << 1
)

// protect goes over the segments; end is where the mapped image ends.
func protect(end uintptr) {
	h := (*elfHeader)(raw.Ptr(imageBase))
	for i := range h.phnum {
		if s := h.segment(i); s.kind == ptLoad {
			protectPages(s.low(), min(s.high(), end), s.flags&pfWrite != 0, s.flags&pfExec != 0)
		}
	}
	flushTLB()
}

func (h *elfHeader) segment(i uint16) *segment {
	return (*segment)(raw.Ptr(imageBase + h.phoff + uintptr(i)*uintptr(h.phentsize)))
}

// codeSegment returns the segment that is run.
func codeSegment() *segment {
	h := (*elfHeader)(raw.Ptr(imageBase))
	for i := range h.phnum {
		if s := h.segment(i); s.kind == ptLoad && s.flags&pfExec != 0 {
			return s
		}
	}
	return nil
}

// low and high bound the pages of a segment.
func (s *segment) low() uintptr  { return s.vaddr &^ (raw.PageSize - 1) }
func (s *segment) high() uintptr { return roundUp(s.vaddr + s.memsz) }
