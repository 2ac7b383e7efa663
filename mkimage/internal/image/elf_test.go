// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Files that are no linked domain are refused, never half understood.

package image

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

func TestFinishedRefuses(t *testing.T) {
	good := read(t, build(t, standIn(t, helloModule(t))))
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	twice := append([]byte(nil), good...)
	h, at, err := findHeader(good)
	if err != nil {
		t.Fatal(err)
	}
	copy(twice[at+64:], magic)
	headless := append([]byte(nil), good...)
	binary.LittleEndian.PutUint64(headless[at+16:], 0)
	moved := append([]byte(nil), good...)
	moved[16] = 3 // ET_DYN
	for want, data := range map[string][]byte{
		"not an ELF file":                        []byte("#!/bin/sh\n"),
		"outside the file":                       good[:100],
		"kernel is not in it":                    self,
		"magic number of the image header twice": twice,
		"names no entry":                         headless,
		"fixed address":                          moved,
		"no program header":                      good, // it has its notes already
	} {
		if _, err := finished(append([]byte(nil), data...), false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if h.TailStart != 0 || h.TailEnd != 0 {
		t.Errorf("hello has a tail: %+v", h)
	}
}

// Damaged headers end in an error or an image, not in a panic.
func TestDamagedHeaders(t *testing.T) {
	good := read(t, build(t, standIn(t, helloModule(t))))
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		data := append([]byte(nil), good...)
		for range 1 + random.IntN(4) {
			data[random.IntN(400)] = byte(random.Uint32())
		}
		finished(data, random.IntN(2) == 0)
	}
}

func TestMinMemory(t *testing.T) {
	o := standIn(t, helloModule(t))
	o.Memory = 3
	wantRefusal(t, o, "3 MiB of memory are too little for example.com/hello: it needs at least 4")
}
