// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What can be started as a domain's kernel. Runs on the host and in dom0.

package domain

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// CheckImage returns nil if the file at path is an ELF file with notes for
// Xen, and otherwise an error that says how to make one.
func CheckImage(path string) error {
	f, err := elf.Open(path)
	var format *elf.FormatError
	if errors.As(err, &format) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s is not an ELF file: build an image with mkimage build", path)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_NOTE && hasXenNote(p, f.ByteOrder) {
			return nil
		}
	}
	return fmt.Errorf("%s is a program, but no image for Xen: build it with mkimage build, or with the settings that mkimage env prints", path)
}

// hasXenNote looks for a note of Xen's in a segment. A note is the sizes of its
// name and value, its type, and then name and value, each padded to four bytes.
func hasXenNote(p *elf.Prog, order binary.ByteOrder) bool {
	data, err := io.ReadAll(io.LimitReader(p.Open(), 1<<16))
	for err == nil && len(data) >= 12 {
		name := uint64(order.Uint32(data))
		size := 12 + (name+3)&^3 + (uint64(order.Uint32(data[4:]))+3)&^3
		if size > uint64(len(data)) {
			return false
		}
		if string(data[12:12+name]) == "Xen\x00" {
			return true
		}
		data = data[size:]
	}
	return false
}
