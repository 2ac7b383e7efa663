// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// ELF files for the tests, made on the spot. Host only.

package initrd

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// section is one section of an object.
type section struct {
	name string
	elf.Section64
	data []byte
}

// object builds an ELF file that has nothing but sections.
func object(sections ...section) []byte {
	names := []byte{0}
	sections = append(sections, section{name: ".shstrtab", Section64: elf.Section64{Type: uint32(elf.SHT_STRTAB)}})
	for i := range sections {
		sections[i].Name = uint32(len(names))
		names = append(append(names, sections[i].name...), 0)
	}
	sections[len(sections)-1].data = names
	var body, table bytes.Buffer
	binary.Write(&table, binary.LittleEndian, elf.Section64{})
	for _, s := range sections {
		s.Off, s.Size = uint64(64+body.Len()), uint64(len(s.data))
		body.Write(s.data)
		binary.Write(&table, binary.LittleEndian, s.Section64)
	}
	header := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_DYN), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Shoff: uint64(64 + body.Len()), Ehsize: 64, Shentsize: 64,
		Shnum: uint16(len(sections) + 1), Shstrndx: uint16(len(sections)),
	}
	var file bytes.Buffer
	binary.Write(&file, binary.LittleEndian, header)
	file.Write(body.Bytes())
	file.Write(table.Bytes())
	return file.Bytes()
}

// module is a kernel module that depends on others.
func module(depends string) []byte {
	info := "license=GPL\x00depends=" + depends + "\x00name=x\x00"
	return object(section{name: ".modinfo", Section64: elf.Section64{Type: uint32(elf.SHT_PROGBITS)}, data: []byte(info)})
}

// shared is a program or library that needs others.
func shared(needed ...string) []byte {
	strings := []byte{0}
	var dynamic bytes.Buffer
	for _, name := range needed {
		binary.Write(&dynamic, binary.LittleEndian, elf.Dyn64{Tag: int64(elf.DT_NEEDED), Val: uint64(len(strings))})
		strings = append(append(strings, name...), 0)
	}
	binary.Write(&dynamic, binary.LittleEndian, elf.Dyn64{})
	return object(
		section{name: ".dynamic", data: dynamic.Bytes(), Section64: elf.Section64{Type: uint32(elf.SHT_DYNAMIC), Link: 2, Entsize: 16}},
		section{name: ".dynstr", data: strings, Section64: elf.Section64{Type: uint32(elf.SHT_STRTAB)}},
	)
}

func TestLibraries(t *testing.T) {
	tree := newTree(t, LibDir+"/libscript.so=#!/bin/sh")
	add := func(name string, data []byte) string {
		file := filepath.Join(string(tree), name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o755); err != nil {
			t.Fatal(err)
		}
		return file
	}
	prog := add("bin/prog", shared("liba.so.1", "libc.so.6"))
	add(LibDir+"/liba.so.1", shared("libb.so.2", "libc.so.6"))
	add("lib/x86_64-linux-gnu/libb.so.2", shared("liba.so.1"))
	add("lib/x86_64-linux-gnu/libc.so.6", shared())
	libs, err := tree.Libraries([]string{prog})
	var names []string
	for name := range libs {
		names = append(names, name)
	}
	slices.Sort(names)
	if want := []string{"liba.so.1", "libb.so.2", "libc.so.6"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("Libraries = %v, %v; want %v", names, err, want)
	}
	lonely := add("bin/lonely", shared("libnone.so.9"))
	if _, err := tree.Libraries([]string{lonely}); err == nil {
		t.Error("a missing library was not noticed")
	}
}
