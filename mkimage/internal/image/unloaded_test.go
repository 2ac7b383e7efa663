// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Debug information and symbols after they were packed.

package image

import (
	"bytes"
	"compress/zlib"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
)

// Packed debug information still knows the line of every address.
func TestLinesAreKept(t *testing.T) {
	file := build(t, standIn(t, helloModule(t)))
	info, err := testkit.ELF(t, file).DWARF()
	if err != nil {
		t.Fatal(err)
	}
	address := testkit.Address(t, file, "main.main")
	unit, err := info.Reader().SeekPC(address)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := info.LineReader(unit)
	if err != nil {
		t.Fatal(err)
	}
	var at dwarf.LineEntry
	if err := lines.SeekPC(address, &at); err != nil {
		t.Fatal(err)
	}
	if filepath.Base(at.File.Name) != "main.go" || at.Line != 5 {
		t.Errorf("main.main is at %s:%d, want main.go:5", at.File.Name, at.Line)
	}
}

// section lays out a compressed section that claims to have size bytes.
func section(t *testing.T, content []byte, size int) []byte {
	t.Helper()
	var out bytes.Buffer
	h := elf.Chdr64{Type: uint32(elf.COMPRESS_ZLIB), Size: uint64(size), Addralign: 1}
	if err := binary.Write(&out, binary.LittleEndian, h); err != nil {
		t.Fatal(err)
	}
	w, err := zlib.NewWriterLevel(&out, zlib.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(content) // a buffer takes everything
	w.Close()
	return out.Bytes()
}

func TestCompress(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	content := make([]byte, 100_000)
	for i := range content {
		content[i] = byte(random.IntN(6) * random.IntN(6))
	}
	old := section(t, content, len(content))
	tight, err := compress(old)
	if err != nil || len(tight) >= len(old) {
		t.Fatalf("%d bytes became %d (%v)", len(old), len(tight), err)
	}
	r, err := zlib.NewReader(bytes.NewReader(tight[binary.Size(elf.Chdr64{}):]))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the content changed (%v)", err)
	}
	for what, bad := range map[string][]byte{
		"too short":         section(t, content, len(content)+1),
		"cut":               old[:len(old)/2],
		"no zlib stream":    append(bytes.Clone(old[:24]), 1, 2, 3),
		"no whole header":   old[:10],
		"nothing behind it": old[:24],
	} {
		if _, err := compress(bad); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}
