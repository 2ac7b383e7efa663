// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What an image knows of its addresses. Runs on the host and in dom0.

package symbolize

import (
	"debug/elf"
	"debug/gosym"
	"fmt"
	"path"
)

// A Table answers for the addresses of one image.
type Table struct {
	code  []byte // the text section
	start uint64 // its address
	lines *gosym.Table
	data  []elf.Symbol // of data; none in an image without symbols
}

// Load reads the table of an image. Function names and lines are in every image,
// since Go's own traces need them.
func Load(image string) (*Table, error) {
	f, err := elf.Open(image)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", image, err)
	}
	defer f.Close()
	text, lines := f.Section(".text"), f.Section(".gopclntab")
	if text == nil || lines == nil {
		return nil, fmt.Errorf("%s has no table of Go functions: give the image that crashed", image)
	}
	t := &Table{start: text.Addr}
	if t.code, err = text.Data(); err != nil {
		return nil, fmt.Errorf("%s: %w", image, err)
	}
	table, err := lines.Data()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", image, err)
	}
	t.data, _ = f.Symbols() // an image that was stripped has none
	t.lines, err = gosym.NewTable(nil, gosym.NewLineTable(table, text.Addr))
	return t, err
}

// holds reports whether addr is code of the image.
func (t *Table) holds(addr uint64) bool { return addr >= t.start && addr-t.start < uint64(len(t.code)) }

// line names the code at addr: function, distance from its beginning, and the file
// and line of the instruction that begins there or ends back bytes before. "" if
// it is no code of the image.
func (t *Table) line(addr, back uint64) string {
	if !t.holds(addr - back) {
		return ""
	}
	file, line, fn := t.lines.PCToLine(addr - back)
	if fn == nil {
		return ""
	}
	return fmt.Sprintf("%s+%#x  %s:%d", fn.Name, addr-fn.Entry, shortened(file), line)
}

// caller names the call that returns to addr. "" if no call does: then the word
// is not a return address, whatever else it is.
func (t *Table) caller(addr uint64) string {
	if !t.holds(addr) || !isCall(t.code[:addr-t.start]) {
		return ""
	}
	return t.line(addr, 1)
}

// isCall reports whether code may end with a CALL: to a relative address, or
// through a register or a word of memory (opcodes E8 and FF /2).
func isCall(code []byte) bool {
	n := len(code)
	if n >= 5 && code[n-5] == 0xe8 {
		return true
	}
	for length := 2; length <= 7 && length <= n; length++ {
		if code[n-length] == 0xff && code[n-length+1]>>3&7 == 2 {
			return true
		}
	}
	return false
}

// object names the data at addr, "" if nothing there has a name.
func (t *Table) object(addr uint64) string {
	for _, s := range t.data {
		if addr >= s.Value && addr-s.Value < s.Size {
			return fmt.Sprintf("%s+%#x", s.Name, addr-s.Value)
		}
	}
	return ""
}

// shortened keeps the last two folders of a file's path.
func shortened(file string) string {
	dir, name := path.Split(file)
	dir, last := path.Split(path.Clean(dir))
	return path.Join(path.Base(path.Clean(dir)), last, name)
}
