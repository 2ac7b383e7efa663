// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The image header: what the kernel and mkimage tell each other in the image.

package image

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/domlet/domlet/mkimage/internal/inject"
)

// magic begins the image header, a variable of rt/kernel in initialised data.
const magic = "domlet-image\x00\x00\x00\x01"

// imageHeader is the variable's layout, 64 bytes, little endian.
type imageHeader struct {
	Magic     [16]byte
	PVEntry   uint64 // virtual address where a PV domain begins
	PVHEntry  uint64 // physical address where a PVH domain begins; 0: it cannot
	TailStart uint64 // virtual address range of zeroed memory that was cut off
	TailEnd   uint64 // the writable segment; 0 and 0 as linked
	_         [16]byte
}

// findHeader returns the image header in the file bytes of the writable
// segment and its offset there.
func findHeader(data []byte) (h imageHeader, at int, err error) {
	at = bytes.Index(data, []byte(magic))
	if at < 0 || len(data)-at < binary.Size(h) {
		return h, 0, errors.New("domlet's kernel is not in it: build it with mkimage build, or in the environment of mkimage env for this very package")
	}
	if bytes.Contains(data[at+1:], []byte(magic)) {
		return h, 0, errors.New("it holds the magic number of the image header twice")
	}
	_, err = binary.Decode(data[at:], binary.LittleEndian, &h)
	if err == nil && h.PVEntry == 0 {
		err = errors.New("its image header names no entry")
	}
	return h, at, err
}

const (
	pageSize   = 4096
	tailObject = 1 << 20 // the size from which an object is worth cutting off
)

// cutTail takes the large objects at the end of the writable segment's
// uninitialised memory off the segment, since the domain builder would count
// them as memory before the program has touched one byte. The kernel backs
// them with zeroed pages on first touch. It records the range in h.
func (p *program) cutTail(rw *elf.Prog64, h *imageHeader) error {
	start, err := p.tailStart(rw)
	if err != nil {
		return err
	}
	end := rw.Vaddr + rw.Memsz
	start = (start + pageSize - 1) &^ (pageSize - 1)
	if start >= end {
		return nil
	}
	h.TailStart, h.TailEnd = start, (end+pageSize-1)&^(pageSize-1)
	rw.Memsz = start - rw.Vaddr
	return nil
}

// tailStart returns the address of the first object of the tail, or the end of
// the segment where there is none. The linker sorts objects without pointers
// by size and puts them last.
func (p *program) tailStart(rw *elf.Prog64) (uint64, error) {
	symbols, err := p.symbols()
	if err != nil {
		return 0, err
	}
	end := rw.Vaddr + rw.Memsz
	border := rw.Vaddr + rw.Filesz // the end of everything that must stay
	var large []uint64
	for _, s := range symbols {
		switch {
		case s.Value < rw.Vaddr || s.Value >= end || s.Size == 0:
		case s.Size >= tailObject && !resident(s.Name):
			large = append(large, s.Value)
		default:
			border = max(border, s.Value+s.Size)
		}
	}
	start := end
	for _, at := range large {
		if at >= border {
			start = min(start, at)
		}
	}
	return start, nil
}

// resident reports whether an object has to be there from the start: the
// runtime and the kernel use theirs before anything can be mapped.
func resident(symbol string) bool {
	for _, owner := range []string{"runtime.", "runtime/", "internal/", inject.Module + "/"} {
		if strings.HasPrefix(symbol, owner) {
			return true
		}
	}
	return false
}
