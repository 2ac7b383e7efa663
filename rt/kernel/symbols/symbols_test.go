// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The names of this test's own functions. Host.

package symbols

import (
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unsafe"
)

// last is the address of this program's moduledata: it has but one.
//
//go:linkname last runtime.lastmoduledatap
var last uintptr

func own() *Table {
	table := At(last)
	return &table
}

func (n Name) text() string { return unsafe.String(at(n.Addr), n.Len) }

// at makes a pointer of an address in the program's read-only data.
func at(addr uintptr) *byte { return (*byte)(unsafe.Add(nil, addr)) }

func TestKnownFunctions(t *testing.T) {
	for _, f := range []any{TestKnownFunctions, strings.Index, runtime.GC} {
		pc := reflect.ValueOf(f).Pointer()
		for _, off := range []uintptr{0, 1} {
			n, ok := own().Find(pc + off)
			if want := runtime.FuncForPC(pc).Name(); !ok || n.text() != want || n.Offset != off {
				t.Errorf("%#x+%d is in %q+%d, %v; want %q", pc, off, n.text(), n.Offset, ok, want)
			}
		}
	}
}

// TestEverywhere asks for addresses all over the text. The runtime's answer is
// the innermost inlined function's name; the entry is that of the outermost.
func TestEverywhere(t *testing.T) {
	table := own()
	text, end := table.word(wordText), table.word(wordEnd)
	for range 20_000 {
		pc := text + uintptr(rand.Uint64())%(end-text)
		f := runtime.FuncForPC(pc)
		n, ok := table.Find(pc)
		if (f != nil) != ok {
			t.Fatalf("%#x: found %v, the runtime %v", pc, ok, f)
		}
		if ok && runtime.FuncForPC(pc-n.Offset).Entry() != pc-n.Offset {
			t.Fatalf("%#x: %s does not begin at %#x", pc, n.text(), pc-n.Offset)
		}
	}
}

func TestNoCode(t *testing.T) {
	table := own()
	for _, pc := range []uintptr{0, 1, table.word(wordText) - 1, table.word(wordEnd), ^uintptr(0)} {
		if n, ok := table.Find(pc); ok {
			t.Errorf("%#x is in %q", pc, n.text())
		}
	}
	if _, ok := new(Table).Find(table.word(wordText)); ok {
		t.Error("the zero table knows a function")
	}
}
