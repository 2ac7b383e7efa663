// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The ELF notes by which the domain builder recognises an image.

package image

import (
	"debug/elf"
	"encoding/binary"
	"errors"

	"github.com/domlet/domlet/xen/abi"
)

// virtBase is both VIRT_BASE and PADDR_OFFSET: a virtual address is the
// pseudo-physical one plus this, nothing is mapped below it, and it is where
// Go's linker puts a program.
const virtBase = 0x400000

// notes encodes the notes of an image.
func notes(h *imageHeader) []byte {
	var b []byte
	str := func(kind uint32, s string) { b = appendNote(b, kind, append([]byte(s), 0)) }
	num := func(kind uint32, v uint64) { b = appendNote(b, kind, binary.LittleEndian.AppendUint64(nil, v)) }
	str(abi.XEN_ELFNOTE_GUEST_OS, "domlet")
	str(abi.XEN_ELFNOTE_GUEST_VERSION, "1")
	str(abi.XEN_ELFNOTE_XEN_VERSION, "xen-3.0")
	str(abi.XEN_ELFNOTE_LOADER, "generic")
	num(abi.XEN_ELFNOTE_VIRT_BASE, virtBase)
	num(abi.XEN_ELFNOTE_PADDR_OFFSET, virtBase)
	num(abi.XEN_ELFNOTE_ENTRY, h.PVEntry)
	str(abi.XEN_ELFNOTE_PAE_MODE, "yes")
	str(abi.XEN_ELFNOTE_FEATURES, "!writable_page_tables|pae_pgdir_above_4gb")
	if h.PVHEntry != 0 {
		b = appendNote(b, abi.XEN_ELFNOTE_PHYS32_ENTRY, binary.LittleEndian.AppendUint32(nil, uint32(h.PVHEntry)))
	}
	return b
}

func appendNote(b []byte, kind uint32, desc []byte) []byte {
	const name = "Xen\x00"
	for _, v := range []uint32{uint32(len(name)), uint32(len(desc)), kind} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	b = append(append(b, name...), desc...)
	return append(b, make([]byte, -len(b)&3)...)
}

// addNotes appends the notes to the file and has the program header of the
// stack, which Xen does not read, point to them. No loaded byte moves.
func (p *program) addNotes(blob []byte) error {
	for i := range p.progs {
		if elf.ProgType(p.progs[i].Type) != elf.PT_GNU_STACK {
			continue
		}
		p.data = append(p.data, make([]byte, -len(p.data)&7)...)
		size := uint64(len(blob))
		p.progs[i] = elf.Prog64{Type: uint32(elf.PT_NOTE), Flags: uint32(elf.PF_R),
			Off: uint64(len(p.data)), Filesz: size, Memsz: size, Align: 4}
		p.data = append(p.data, blob...)
		return nil
	}
	return errors.New("it has no program header that the notes could use")
}
