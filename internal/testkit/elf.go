// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What tests look up in programs and images.

package testkit

import (
	"debug/elf"
	"testing"
)

// ELF opens an ELF file for as long as the test runs.
func ELF(t testing.TB, path string) *elf.File {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// Symbols returns the symbols of an ELF file by name.
func Symbols(t testing.TB, f *elf.File) map[string]elf.Symbol {
	t.Helper()
	list, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	symbols := map[string]elf.Symbol{}
	for _, s := range list {
		symbols[s.Name] = s
	}
	return symbols
}

// Address returns the address of a symbol that the file must have.
func Address(t testing.TB, path, name string) uint64 {
	t.Helper()
	s, found := Symbols(t, ELF(t, path))[name]
	if !found {
		t.Fatalf("%s has no symbol %s", path, name)
	}
	return s.Value
}
