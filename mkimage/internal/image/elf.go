// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// An ELF file in memory, to be changed in place. debug/elf only reads.

package image

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	headerSize  = 64 // of elf.Header64
	progSize    = 56 // of elf.Prog64
	sectionSize = 64 // of elf.Section64
)

// program is a linked program: the bytes of its file and its headers, which
// encode writes back.
type program struct {
	data     []byte
	header   elf.Header64
	progs    []elf.Prog64
	sections []elf.Section64
}

// decode reads the headers of what Go's linker wrote.
func decode(data []byte) (*program, error) {
	p := &program{data: data}
	if err := p.get(0, headerSize, &p.header); err != nil || string(p.header.Ident[:4]) != elf.ELFMAG {
		return nil, errors.New("it is not an ELF file")
	}
	if t := elf.Type(p.header.Type); t != elf.ET_EXEC {
		return nil, fmt.Errorf("it has type %v: link it at a fixed address (no -buildmode, no -linkmode)", t)
	}
	p.progs = make([]elf.Prog64, p.header.Phnum)
	p.sections = make([]elf.Section64, p.header.Shnum)
	return p, errors.Join(
		p.get(p.header.Phoff, len(p.progs)*progSize, p.progs),
		p.get(p.header.Shoff, len(p.sections)*sectionSize, p.sections))
}

func (p *program) get(off uint64, size int, v any) error {
	if off > uint64(len(p.data)) || uint64(len(p.data))-off < uint64(size) {
		return errors.New("its headers lie outside the file")
	}
	_, err := binary.Decode(p.data[off:], binary.LittleEndian, v)
	return err
}

// encode writes the headers back, in their old places.
func (p *program) encode() error {
	for _, part := range []struct {
		off uint64
		v   any
	}{{0, p.header}, {p.header.Phoff, p.progs}, {p.header.Shoff, p.sections}} {
		if _, err := binary.Encode(p.data[part.off:], binary.LittleEndian, part.v); err != nil {
			return err
		}
	}
	return nil
}

// segment returns the one loadable segment with exactly the given rights.
func (p *program) segment(flags elf.ProgFlag) (*elf.Prog64, error) {
	var found *elf.Prog64
	for i := range p.progs {
		s := &p.progs[i]
		if elf.ProgType(s.Type) != elf.PT_LOAD || elf.ProgFlag(s.Flags) != flags {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("it has two segments with the rights %v", flags)
		}
		found = s
	}
	if found == nil {
		return nil, fmt.Errorf("it has no segment with the rights %v", flags)
	}
	return found, nil
}

// file returns the bytes of a segment in the file.
func (p *program) file(s *elf.Prog64) ([]byte, error) {
	if s.Off > uint64(len(p.data)) || uint64(len(p.data))-s.Off < s.Filesz {
		return nil, errors.New("a segment lies outside the file")
	}
	return p.data[s.Off : s.Off+s.Filesz], nil
}

// symbols reads the symbol table.
func (p *program) symbols() ([]elf.Symbol, error) {
	f, err := elf.NewFile(bytes.NewReader(p.data))
	if err != nil {
		return nil, err
	}
	return f.Symbols()
}
