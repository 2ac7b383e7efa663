// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file unpacks the Linux kernel for guests, on the developer's machine: xl
// would spend seconds on it for every guest.

package lab

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// sector is what the size of a disk is a multiple of.
const sector = 512

// writeVmlinux writes the kernel as an ELF file, padded to whole sectors since
// dom0 gets it as a disk.
func (p *packages) writeVmlinux(w io.Writer) error {
	name, err := p.tree.One("/boot/vmlinuz-*")
	if err != nil {
		return err
	}
	image, err := os.ReadFile(filepath.Join(string(p.tree), name))
	if err != nil {
		return err
	}
	payload, err := kernelPayload(image)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	cmd, err := p.program("/usr/bin/xz", "-dc", "--single-stream")
	if err != nil {
		return err
	}
	cmd.Stdin = bytes.NewReader(payload)
	kernel, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("xz: %w", err)
	}
	_, err = w.Write(append(kernel, make([]byte, -len(kernel)&(sector-1))...))
	return err
}

// kernelPayload returns the compressed kernel inside a bzImage. Its place is in
// the header that Linux's boot protocol describes (2.08 and later): the number of
// set-up sectors at 0x1f1, offset and length of the payload behind them at 0x248
// and 0x24c. The last four bytes are the unpacked length and not xz's.
func kernelPayload(image []byte) ([]byte, error) {
	if len(image) < 0x250 || string(image[0x202:0x206]) != "HdrS" {
		return nil, errors.New("not a Linux bzImage")
	}
	start := (uint64(image[0x1f1])+1)*512 + uint64(binary.LittleEndian.Uint32(image[0x248:]))
	end := start + uint64(binary.LittleEndian.Uint32(image[0x24c:]))
	if end > uint64(len(image)) || end < start+4 {
		return nil, errors.New("the bzImage is cut short")
	}
	payload := image[start : end-4]
	if !bytes.HasPrefix(payload, []byte("\xfd7zXZ\x00")) {
		return nil, errors.New("the kernel is not compressed with xz")
	}
	return payload, nil
}
