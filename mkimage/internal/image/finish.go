// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What happens to a program after the link.

package image

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"

	"github.com/domlet/domlet/mkimage/internal/audit"
)

// finish makes an image of the linked program in the file called path. It is
// the linker's output, in the go command's work directory: the go command
// removes it when this fails.
func finish(path string, strip bool) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data, err = finished(data, strip)
	if err != nil {
		return fmt.Errorf("the linked program cannot become an image: %w", err)
	}
	return os.WriteFile(path, data, 0o755)
}

func finished(data []byte, strip bool) ([]byte, error) {
	p, err := decode(data)
	if err != nil {
		return nil, err
	}
	text, err := p.segment(elf.PF_R | elf.PF_X)
	if err != nil {
		return nil, err
	}
	if text.Vaddr != virtBase {
		return nil, fmt.Errorf("it begins at %#x, not at %#x: remove -T and -R from -ldflags", text.Vaddr, virtBase)
	}
	rw, err := p.segment(elf.PF_R | elf.PF_W)
	if err != nil {
		return nil, err
	}
	content, err := p.file(rw)
	if err != nil {
		return nil, err
	}
	h, at, err := findHeader(content)
	if err != nil {
		return nil, err
	}
	if err := p.cutTail(rw, &h); err != nil {
		return nil, err
	}
	if _, err := binary.Encode(content[at:], binary.LittleEndian, &h); err != nil {
		return nil, err
	}
	if strip {
		if err := p.strip(); err != nil {
			return nil, err
		}
	}
	if err := p.pack(); err != nil {
		return nil, err
	}
	if err := p.addNotes(notes(&h)); err != nil {
		return nil, err
	}
	if err := p.encode(); err != nil {
		return nil, err
	}
	_, _, err = audit.Gate(p.data)
	return p.data, err
}
