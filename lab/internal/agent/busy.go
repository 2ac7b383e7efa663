// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file makes the smallest PV guest that keeps a processor and its
// floating-point registers busy. The host puts it into dom0.

package agent

import (
	"debug/elf"
	"encoding/binary"
)

// Where the busy guest is linked and loaded.
const (
	busyBase  = 0x400000
	busyEntry = busyBase + 0x1000
)

// busyCode sets all sixteen XMM registers to ones, for ever.
func busyCode() []byte {
	var code []byte
	for r := range byte(8) {
		code = append(code, 0x66, 0x0f, 0x76, 0xc0|r|r<<3)       // PCMPEQD Xr, Xr
		code = append(code, 0x66, 0x45, 0x0f, 0x76, 0xc0|r|r<<3) // the same for X8 and up
	}
	return append(code, 0xeb, byte(-(len(code) + 2))) // JMP to the first
}

// busyNote appends one ELF note of Xen's (the types are in xen/elfnote.h).
func busyNote(notes []byte, kind uint32, desc []byte) []byte {
	notes = binary.LittleEndian.AppendUint32(notes, 4)
	notes = binary.LittleEndian.AppendUint32(notes, uint32(len(desc)))
	notes = binary.LittleEndian.AppendUint32(notes, kind)
	notes = append(append(notes, "Xen\x00"...), desc...)
	return append(notes, make([]byte, -len(desc)&3)...)
}

// busyNotes tells Xen's domain builder where the guest goes and where it begins.
func busyNotes() []byte {
	addr := func(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }
	notes := busyNote(nil, 5, []byte("xen-3.0\x00"))  // XEN_VERSION
	notes = busyNote(notes, 6, []byte("busy\x00"))    // GUEST_OS
	notes = busyNote(notes, 8, []byte("generic\x00")) // LOADER
	notes = busyNote(notes, 3, addr(busyBase))        // VIRT_BASE
	notes = busyNote(notes, 4, addr(busyBase))        // PADDR_OFFSET
	return busyNote(notes, 1, addr(busyEntry))        // ENTRY
}

// BusyGuest returns the guest as an ELF file for xl: headers and notes in the
// first page, code in the second.
func BusyGuest() []byte {
	const notesAt, codeAt = 0x100, 0x1000
	code, notes := busyCode(), busyNotes()
	headers := struct {
		file       elf.Header64
		load, note elf.Prog64
	}{
		file: elf.Header64{
			Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
			Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
			Entry: busyEntry, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 2, Shentsize: 64,
		},
		load: elf.Prog64{
			Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Off: codeAt, Align: 0x1000,
			Vaddr: busyEntry, Paddr: busyEntry, Filesz: uint64(len(code)), Memsz: uint64(len(code)),
		},
		note: elf.Prog64{
			Type: uint32(elf.PT_NOTE), Flags: uint32(elf.PF_R), Off: notesAt, Align: 4,
			Filesz: uint64(len(notes)), Memsz: uint64(len(notes)),
		},
	}
	file := make([]byte, codeAt+len(code))
	binary.Encode(file, binary.LittleEndian, &headers)
	copy(file[notesAt:], notes)
	copy(file[codeAt:], code)
	return file
}
