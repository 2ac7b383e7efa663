// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The parts of a linked program that the gate looks at: segments, code, function
// table. Runs on the build machine.

package audit

import (
	"bytes"
	"debug/elf"
	"debug/gosym"
	"errors"
	"fmt"
)

// pageSize is the unit of protection, in bytes.
const pageSize = 4096

// program is a linked program.
type program struct {
	text  []byte       // the code, a part of the file itself
	base  uint64       // the address of text
	table *gosym.Table // functions by ascending address, lines
	wrong []error      // what is wrong with its segments
}

// open finds the parts of an ELF file.
func open(file []byte) (*program, error) {
	f, err := elf.NewFile(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("not an ELF file: %w", err)
	}
	if f.Class != elf.ELFCLASS64 || f.Machine != elf.EM_X86_64 {
		return nil, errors.New("not a program for x86-64: build with GOARCH=amd64")
	}
	if f.Type != elf.ET_EXEC || needsLoader(f) {
		return nil, errors.New("not a static program: build with CGO_ENABLED=0 and without -buildmode or -linkmode")
	}
	text, err := section(f, file, ".text")
	if err != nil {
		return nil, err
	}
	p := &program{text: text, base: f.Section(".text").Addr, wrong: checkSegments(f)}
	pclntab, err := section(f, file, ".gopclntab")
	if err != nil {
		return nil, err
	}
	p.table, err = gosym.NewTable(nil, gosym.NewLineTable(pclntab, p.base))
	if err == nil {
		err = p.checkCoverage()
	}
	return p, err
}

// needsLoader tells a program that is not complete by itself.
func needsLoader(f *elf.File) bool {
	for _, s := range f.Progs {
		if s.Type == elf.PT_INTERP || s.Type == elf.PT_DYNAMIC {
			return true
		}
	}
	return false
}

// section gives the part of the file that holds a section.
func section(f *elf.File, file []byte, name string) ([]byte, error) {
	s := f.Section(name)
	if s == nil {
		return nil, fmt.Errorf("no section %s: not a Go program, or stripped of its section headers; strip with -ldflags=-s", name)
	}
	size := uint64(len(file))
	if s.Type != elf.SHT_PROGBITS || s.Offset > size || s.FileSize > size-s.Offset {
		return nil, fmt.Errorf("section %s lies outside the file: it is cut off or damaged", name)
	}
	return file[s.Offset : s.Offset+s.FileSize], nil
}

// checkSegments looks for memory that would be writable and executable, and for
// code outside .text.
func checkSegments(f *elf.File) (wrong []error) {
	text := f.Section(".text")
	for _, s := range f.Progs {
		switch {
		case s.Flags&elf.PF_X == 0:
			continue
		case s.Flags&elf.PF_W != 0:
			wrong = append(wrong, fmt.Errorf("the segment at %#x is writable and executable: link without a linker script or -extldflags", s.Vaddr))
		case s.Type != elf.PT_LOAD || !holdsOnly(s, text):
			wrong = append(wrong, fmt.Errorf("the segment at %#x has executable bytes outside .text", s.Vaddr))
		case sharesPage(f, s):
			wrong = append(wrong, fmt.Errorf("the segment at %#x shares a page with a writable one", s.Vaddr))
		}
	}
	return wrong
}

// holdsOnly tells whether a segment is the text section and no more than a page
// of ELF headers before it.
func holdsOnly(s *elf.Prog, text *elf.Section) bool {
	return s.Filesz == s.Memsz && s.Vaddr+s.Filesz == text.Addr+text.Size &&
		s.Vaddr <= text.Addr && text.Addr-s.Vaddr <= pageSize && text.Addr-s.Vaddr == text.Offset-s.Off
}

// sharesPage tells whether some writable segment has a page in common with s.
func sharesPage(f *elf.File, s *elf.Prog) bool {
	for _, w := range f.Progs {
		if w.Type == elf.PT_LOAD && w.Flags&elf.PF_W != 0 &&
			w.Vaddr/pageSize <= (s.Vaddr+s.Memsz-1)/pageSize && s.Vaddr/pageSize <= (w.Vaddr+w.Memsz-1)/pageSize {
			return true
		}
	}
	return false
}

// checkCoverage makes sure that the functions follow one another from the
// beginning of text to its end, but for padding.
func (p *program) checkCoverage() error {
	at := p.base
	for i := range p.table.Funcs {
		f := &p.table.Funcs[i]
		if f.Entry < at || f.End < f.Entry || f.End > p.base+uint64(len(p.text)) {
			return fmt.Errorf("the function table is damaged: %s is at %#x to %#x", f.Name, f.Entry, f.End)
		}
		if !padding(p.bytes(at, f.Entry)) {
			return fmt.Errorf("bytes at %#x, before %s, belong to no function", at, f.Name)
		}
		at = f.End
	}
	if at == p.base {
		return errors.New("no functions: this mkimage does not know the function table of the Go release that linked the program")
	}
	if !padding(p.bytes(at, p.base+uint64(len(p.text)))) {
		return fmt.Errorf("bytes at %#x, after the last function, belong to no function", at)
	}
	return nil
}

// bytes gives the code from one address to another.
func (p *program) bytes(from, to uint64) []byte { return p.text[from-p.base : to-p.base] }

// padding tells whether b is what linkers put between functions: INT3, NOP, zeros.
func padding(b []byte) bool {
	for _, c := range b {
		if c != 0xcc && c != 0x90 && c != 0 {
			return false
		}
	}
	return true
}
