// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Files of the cache that the go command writes.

package image

import (
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"os"
)

func hashOf(values ...any) [sha256.Size]byte { return sha256.Sum256(fmt.Append(nil, values...)) }

// complete reports whether path is an image to its last byte. The go command
// copies an image to its place, which an interrupt can cut short, and would
// later take it for up to date by its first page.
func complete(path string) bool {
	data, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	p, err := decode(data)
	if err != nil {
		return false
	}
	for _, s := range p.progs {
		if elf.ProgType(s.Type) == elf.PT_NOTE && s.Off+s.Filesz == uint64(len(data)) {
			return true // the notes are what comes last
		}
	}
	return false
}

// startUp is memory in bytes below which no program's runtime starts: the
// smallest domains that ran had about as much beside their image.
const startUp = 1 << 20

// minMemory returns the MiB below which a domain with this complete image
// certainly cannot start.
func minMemory(data []byte) int {
	end := uint64(virtBase)
	if p, err := decode(data); err == nil {
		for _, s := range p.progs {
			if elf.ProgType(s.Type) == elf.PT_LOAD {
				end = max(end, s.Vaddr+s.Memsz)
			}
		}
	}
	const mib, xenFloor = 1 << 20, 4
	return max(xenFloor, int((end-virtBase+startUp+mib-1)/mib))
}
