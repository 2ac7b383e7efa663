// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What stat and its kin say about a file, and how it is laid out for them.

package posix

// File types in a mode, Linux's values.
const (
	modeType      = 0o170000
	modePipe      = 0o010000
	modeDevice    = 0o020000 // a character device
	modeDirectory = 0o040000
)

const (
	statSize  = 144 // struct stat of amd64
	statxSize = 256 // struct statx
	// statxBasic: type, mode, nlink, uid, gid, three times, ino, size, blocks.
	statxBasic = 0x7ff
)

// status is what is known of a file. Everything belongs to root, and nothing
// has a time: there is no disk a time could come from.
type status struct {
	inode        uint64
	mode         uint32
	links        uint64
	major, minor uint32 // of the device a node stands for
	size         int64  // bytes
	block        int64  // preferred size of a transfer, in bytes
}

// stat lays s out as struct stat in b, which holds statSize bytes.
func (s *status) stat(b []byte) {
	clear(b[:statSize])
	put64(b[0:], 1) // st_dev
	put64(b[8:], s.inode)
	put64(b[16:], s.links)
	put32(b[24:], s.mode)
	put64(b[40:], uint64(s.major)<<8|uint64(s.minor)) // st_rdev
	put64(b[48:], uint64(s.size))
	put64(b[56:], uint64(s.block))
}

// statx lays s out as struct statx in b, which holds statxSize bytes.
func (s *status) statx(b []byte) {
	clear(b[:statxSize])
	put32(b[0:], statxBasic)
	put32(b[4:], uint32(s.block))
	put32(b[16:], uint32(s.links))
	put16(b[28:], uint16(s.mode))
	put64(b[32:], s.inode)
	put64(b[40:], uint64(s.size))
	put32(b[128:], s.major)
	put32(b[132:], s.minor)
	put32(b[140:], 1) // stx_dev_minor
}

// put16, put32 and put64 store little-endian, as amd64 does.

func put16(b []byte, v uint16) { b[0], b[1] = byte(v), byte(v>>8) }

func put32(b []byte, v uint32) {
	put16(b, uint16(v))
	put16(b[2:], uint16(v>>16))
}

func put64(b []byte, v uint64) {
	put32(b, uint32(v))
	put32(b[4:], uint32(v>>32))
}

// get32 and get64 load little-endian.

func get32(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func get64(b []byte) uint64 { return uint64(get32(b)) | uint64(get32(b[4:]))<<32 }
