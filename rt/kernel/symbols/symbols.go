// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package symbols finds the function that a code address belongs to, in the
// table that every Go program carries for its own traces. It is there in a
// stripped image too.
//
// It reads a few words of the runtime's moduledata (runtime/symtab.go), whose
// beginning is the same in all supported releases; the tests hold it against
// runtime.FuncForPC. Any context: the kernel asks when it has already failed, so
// nothing here may fault on an address that is no code.
package symbols

import "github.com/domlet/domlet/xen/raw"

// Table is where a program's functions are described. The zero Table knows none.
type Table struct{ module uintptr }

// Words of a moduledata: slices take three, the first is their address.
const (
	wordNames   = 1  // funcnametab
	wordEntries = 13 // pclntable
	wordFuncs   = 16 // ftab
	wordCount   = 17 // its length
	wordText    = 22 // text, and behind it etext
	wordEnd     = 23
)

// longest bounds a name, in bytes.
const longest = 256

// At returns the table of the program whose moduledata is at an address.
func At(module uintptr) Table { return Table{module} }

func (t *Table) word(i uintptr) uintptr { return uintptr(*raw.Word64(t.module, i)) }

// Name is a function's: Len bytes at Addr, and how far into it, in bytes, the
// address lies that was asked for.
type Name struct{ Addr, Len, Offset uintptr }

// Find returns the name of the function that holds the code at pc. False: it is
// no address of the program's code.
func (t *Table) Find(pc uintptr) (Name, bool) {
	if t.module == 0 || pc < t.word(wordText) || pc >= t.word(wordEnd) {
		return Name{}, false
	}
	off := pc - t.word(wordText)
	i, ok := t.search(off)
	if !ok {
		return Name{}, false
	}
	entry := t.word(wordEntries) + t.half(2*i+1)
	name := Name{Addr: t.word(wordNames) + uintptr(*raw.Word32(entry, 1)), Offset: off - t.half(2*i)}
	for name.Len < longest && *(*byte)(raw.Ptr(name.Addr + name.Len)) != 0 {
		name.Len++
	}
	return name, true
}

// half returns word i of the list of functions: pairs of where a function begins,
// from the beginning of the text, and where its entry stands.
func (t *Table) half(i uintptr) uintptr { return uintptr(*raw.Word32(t.word(wordFuncs), i)) }

// search returns the number of the last function that begins at or before off.
// The last pair of the list is no function, it tells where the last one ends.
func (t *Table) search(off uintptr) (uintptr, bool) {
	lo, hi := uintptr(0), t.word(wordCount)
	for lo < hi {
		if mid := (lo + hi) / 2; t.half(2*mid) <= off {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo - 1, lo > 0 && lo < t.word(wordCount)
}
