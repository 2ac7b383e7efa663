// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What an image's file holds and a domain never sees: debug information and
// symbols. It stays whole, for gdb and addr2line, but takes no more room than
// it must.

package image

import (
	"bytes"
	"compress/zlib"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// strip takes the symbol table and its names off the list of sections.
func (p *program) strip() error {
	at := slices.IndexFunc(p.sections, func(s elf.Section64) bool { return elf.SectionType(s.Type) == elf.SHT_SYMTAB })
	if at < 0 || int(p.sections[at].Link) != at+1 || int(p.header.Shstrndx) != at+2 || len(p.sections) != at+3 {
		return errors.New("its symbol table is not where it can be removed: build without -ldflags=-s")
	}
	p.sections = slices.Delete(p.sections, at, at+2)
	clear(p.data[p.header.Shoff+uint64(at)*sectionSize:][:3*sectionSize])
	p.header.Shnum, p.header.Shstrndx = uint16(at+1), uint16(at)
	return nil
}

// pack moves the sections that are not loaded close together behind what is,
// and compresses again what Go's linker compressed in a hurry.
func (p *program) pack() error {
	end := uint64(0)
	for _, s := range p.progs {
		if elf.ProgType(s.Type) == elf.PT_LOAD {
			end = max(end, s.Off+s.Filesz)
		}
	}
	packed := bytes.Clone(p.data[:min(end, uint64(len(p.data)))])
	for i := range p.sections {
		s := &p.sections[i]
		if elf.SectionFlag(s.Flags)&elf.SHF_ALLOC != 0 || elf.SectionType(s.Type) == elf.SHT_NULL {
			continue
		}
		content, err := p.unloaded(s, end)
		if err != nil {
			return err
		}
		packed = append(packed, make([]byte, -uint64(len(packed))&(max(s.Addralign, 1)-1))...)
		s.Off, s.Size = uint64(len(packed)), uint64(len(content))
		packed = append(packed, content...)
	}
	p.data = packed
	return nil
}

// unloaded returns what the file is to hold of a section, which must lie
// behind end.
func (p *program) unloaded(s *elf.Section64, end uint64) ([]byte, error) {
	size := uint64(len(p.data))
	if s.Off < end || s.Off > size || size-s.Off < s.Size || s.Addralign > pageSize {
		return nil, errors.New("a section lies outside its part of the file")
	}
	content := p.data[s.Off : s.Off+s.Size]
	if elf.SectionFlag(s.Flags)&elf.SHF_COMPRESSED == 0 {
		return content, nil
	}
	tight, err := compress(content)
	if err != nil {
		return nil, fmt.Errorf("its debug information cannot be read: %w", err)
	}
	return slices.MinFunc([][]byte{content, tight}, func(a, b []byte) int { return len(a) - len(b) }), nil
}

// compress returns the content of a compressed section compressed as well as
// zlib can, which every reader of DWARF understands.
func compress(content []byte) ([]byte, error) {
	var h elf.Chdr64
	size, err := binary.Decode(content, binary.LittleEndian, &h)
	if err != nil || elf.CompressionType(h.Type) != elf.COMPRESS_ZLIB {
		return content, err
	}
	from, err := zlib.NewReader(bytes.NewReader(content[size:]))
	if err != nil {
		return nil, err
	}
	out := bytes.NewBuffer(bytes.Clone(content[:size]))
	to, err := zlib.NewWriterLevel(out, zlib.BestCompression)
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(to, io.LimitReader(from, int64(h.Size)))
	if uint64(n) != h.Size {
		err = errors.Join(err, io.ErrUnexpectedEOF)
	}
	err = errors.Join(err, to.Close())
	return out.Bytes(), err
}
