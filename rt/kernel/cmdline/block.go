// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The form of a long command line, at the front of the ramdisk. Boot.

package cmdline

// The limits, in bytes.
const (
	MaxLine  = 1023      // what Xen carries: MAX_GUEST_CMDLINE of public/xen.h, less its 0
	MaxBlock = 128 << 10 // what a block may hold
)

// BlockWord is the whole command line of a domain whose real one is a block.
const BlockWord = "block"

// The block: magic, length of the text (little-endian, 32 bits), 32 bits of 0,
// the text, zeros up to a multiple of BlockAlign. What the ramdisk holds besides
// comes behind it.
const (
	BlockMagic  = "domlet-cmdline\x00\x01"
	BlockHeader = len(BlockMagic) + 8
	BlockAlign  = 4096
)

// Unblock returns the text of the block at the front of a ramdisk, and the rest
// of the ramdisk behind the block. False: there is no block, or it is cut short
// or longer than MaxBlock.
func Unblock(ramdisk []byte) (text, rest []byte, ok bool) {
	if len(ramdisk) < BlockHeader || string(ramdisk[:len(BlockMagic)]) != BlockMagic {
		return nil, nil, false
	}
	n, zero := le32(ramdisk[len(BlockMagic):]), le32(ramdisk[len(BlockMagic)+4:])
	if n > MaxBlock || zero != 0 || n > len(ramdisk)-BlockHeader {
		return nil, nil, false
	}
	end := BlockHeader + n
	whole := (end + BlockAlign - 1) / BlockAlign * BlockAlign
	return ramdisk[BlockHeader:end], ramdisk[min(whole, len(ramdisk)):], true
}

// le32 reads 32 bits, little-endian, from the front of b, which has them.
func le32(b []byte) int {
	_ = b[3]
	return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 | int(b[3])<<24
}
